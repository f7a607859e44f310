import { AoError } from "../error.ts";
import { loadConfig } from "./config.ts";
import { watchCommits } from "../store/follow.ts";
import { acquireLease, releaseLease, renewLease } from "../store/lease.ts";
import { sessionsWithMessages } from "../store/message.ts";
import { forgetEvents, retentionDefaults, type RetentionLimits } from "../store/retention.ts";
import type { Fence } from "../store/store.ts";
import { deliverInbox } from "./deliver.ts";
import type { Engine } from "./engine.ts";
import { reap } from "./reap.ts";
import { recover } from "./recovery.ts";

/** The lease of the one process that runs the loops. */
export const loopsLease = "loops";

const leaseMs = 15_000;

/** One background service: a bounded pass, and how long to wait between two of them. */
interface Loop {
  everyMs: number;
  runOnce(engine: Engine, fence: Fence, now: number): Promise<unknown> | unknown;
}

const loops: Record<string, Loop> = {
  lease: { everyMs: leaseMs / 3, runOnce: keepLease },
  reap: {
    everyMs: 2_000,
    runOnce: (engine, fence, now) => reap(engine, { runtimes: ["pty"], fence, now }),
  },
  // Each pass starts a tmux client, and its hook tells of ends anyway.
  reapTmux: {
    everyMs: 10_000,
    runOnce: (engine, fence, now) => reap(engine, { runtimes: ["tmux"], fence, now }),
  },
  recover: { everyMs: 5_000, runOnce: (engine) => recover(engine) },
  deliver: { everyMs: 1_000, runOnce: deliverAll },
  forget: { everyMs: 60_000, runOnce: forget },
};

export interface RunningLoops {
  /** Ends the loops, waits for the pass under way, and gives the lease back. */
  stop(): Promise<void>;
  /** Rejects when the loops can never run again in this process. */
  readonly failed: Promise<never>;
}

/**
 * Competes for the lease, and runs the loops while it is held. Any long-running process does this.
 * Errors of a pass are told to `onError`; the loop goes on, except after a newer `ao` has
 * migrated the database.
 */
export function startLoops(engine: Engine, onError: (error: unknown) => void): RunningLoops {
  let isStopped = false;
  let fence: Fence | undefined;
  let underWay: Promise<void> = Promise.resolve();
  let wake = () => {};
  let isPoked = false;
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {});
  const lastRun = new Map<string, number>();

  const tick = async () => {
    const now = Date.now();
    fence ??= acquireLease(engine.store, loopsLease, engine.owner, leaseMs);
    if (!fence) return;
    for (const [name, loop] of Object.entries(loops)) {
      const isDue = now - (lastRun.get(name) ?? 0) >= loop.everyMs;
      if (isStopped || (!isDue && !(isPoked && name === "deliver"))) continue;
      lastRun.set(name, now);
      await loop.runOnce(engine, fence, now);
    }
    isPoked = false;
  };
  const guarded = async () => {
    try {
      await tick();
    } catch (error) {
      fence = lostLease(error) ? undefined : fence;
      if (isFatal(error)) reject(error);
      else onError(error);
    }
  };
  const run = async () => {
    while (!isStopped) {
      underWay = guarded();
      await underWay;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, fence ? 1_000 : 5_000).unref();
      });
    }
  };
  const unwatch = watchCommits(engine.store, () => {
    if (!fence || sessionsWithMessages(engine.store).length === 0) return;
    isPoked = true;
    wake();
  });
  void run();
  return {
    failed,
    stop: async () => {
      if (isStopped) return;
      isStopped = true;
      unwatch();
      wake();
      await underWay;
      if (fence) releaseLease(engine.store, fence);
    },
  };
}

/** One round of what must not wait, for the detached helper of a short command. */
export async function runOnce(engine: Engine): Promise<void> {
  await recover(engine);
  for (const sessionId of sessionsWithMessages(engine.store)) await deliverInbox(engine, sessionId);
}

function keepLease(engine: Engine, fence: Fence): void {
  if (renewLease(engine.store, fence, leaseMs)) return;
  throw new AoError("conflict", `lease ${loopsLease} was lost to another process`);
}

async function deliverAll(engine: Engine): Promise<void> {
  const waiting = sessionsWithMessages(engine.store);
  await Promise.all(waiting.map((sessionId) => deliverInbox(engine, sessionId)));
}

function forget(engine: Engine, fence: Fence, now: number): void {
  const { retention = {} } = loadConfig(engine.dataDir);
  const limits: RetentionLimits = {
    ageMs: (retention.days ?? 0) * 86_400_000 || retentionDefaults.ageMs,
    rows: retention.rows ?? retentionDefaults.rows,
    bytes: (retention.megabytes ?? 0) * 1024 * 1024 || retentionDefaults.bytes,
  };
  forgetEvents(engine.store, limits, now, { batches: 20, fence });
}

function lostLease(error: unknown): boolean {
  return error instanceof AoError && error.code === "conflict" && /^lease /.test(error.message);
}

/** A store that a newer `ao` has migrated is not ours to write any more. */
function isFatal(error: unknown): boolean {
  return error instanceof AoError && /^another ao has migrated/.test(error.message);
}
