import { AoError } from "../error.ts";
import type { Notifier } from "../process/notify.ts";
import { acquireLease, findLease, releaseLease, renewLease } from "../store/lease.ts";
import {
  type DaemonAddress,
  daemonLease,
  removeDaemonRecord,
  writeDaemonRecord,
} from "./daemon-record.ts";
import type { Engine } from "./engine.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Loops, type LoopsState } from "./loops.ts";

const leaseMs = 15_000;

/** Where a running daemon is reached by people and other programs. */
export interface Face {
  address: DaemonAddress;
  /** Ends what is open, streams first, within a moment. */
  stop(): Promise<void>;
}

export interface DaemonOptions {
  /** Ends the daemon in an orderly way. */
  signal: AbortSignal;
  /** Opens the daemon to the outside, once it is the only one. */
  openFace: (engine: Engine, loops: () => LoopsState) => Promise<Face>;
  onReady: (url: string) => void;
  onError: (error: unknown) => void;
  /** The service manager that started it, if one did. */
  notifier?: Notifier | undefined;
}

/**
 * Holds the loops until the signal; resolves when all is drained.
 * Throws `conflict` when another daemon runs on the same data directory.
 */
export async function runDaemon(engine: Engine, options: DaemonOptions): Promise<void> {
  const { store } = engine;
  let fence = acquireLease(store, daemonLease, engine.owner, leaseMs);
  if (!fence) {
    const pid = findLease(store, daemonLease)?.ownerPid;
    throw new AoError("conflict", `a daemon runs already, as process ${pid}`, "ao daemon status");
  }
  const loops = new Loops(engine, options.onError);
  let face: Face | undefined;
  const heartbeat = new Heartbeat(
    options.notifier,
    () => loops.hung,
    (what) =>
      options.onError(new AoError("failed", `loop ${what} hangs; the watchdog is not told`)),
  );
  loops.start();
  const lost = Promise.withResolvers<never>();
  const timer = setInterval(() => {
    try {
      if (fence && renewLease(store, fence, leaseMs)) return;
      // A machine that slept has let the lease expire; usually nobody has taken it since.
      fence = acquireLease(store, daemonLease, engine.owner, leaseMs);
      if (fence) return;
      lost.reject(new AoError("conflict", "another daemon took over while this one was suspended"));
    } catch (error) {
      lost.reject(error);
    }
  }, leaseMs / 3);
  try {
    face = await options.openFace(engine, () => loops.state());
    writeDaemonRecord(engine, Date.now(), face.address);
    heartbeat.start();
    options.onReady(face.address.url);
    await Promise.race([stopped(options.signal), loops.failed, lost.promise]);
  } finally {
    heartbeat.stop();
    clearInterval(timer);
    await Promise.all([face?.stop(), loops.stop()]);
    if (fence) {
      removeDaemonRecord(engine);
      releaseLease(store, fence);
    }
  }
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
}
