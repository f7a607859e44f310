import { AoError } from "../error.ts";
import { watchCommits } from "../store/follow.ts";
import { acquireLease, releaseLease, renewLease } from "../store/lease.ts";
import { sessionsWithMessages } from "../store/message.ts";
import {
  forgetEvents,
  forgetFinished,
  retentionDefaults,
  type RetentionLimits,
} from "../store/retention.ts";
import type { Fence } from "../store/store.ts";
import { loadConfig } from "./config.ts";
import { deliverInbox } from "./deliver.ts";
import { recheckDialogs } from "./dialog.ts";
import type { Engine } from "./engine.ts";
import { loopsLease } from "./loops-lease.ts";
import { reap } from "./reap.ts";
import { recover } from "./recovery.ts";

export { loopsLease };

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
  dialogs: { everyMs: 5_000, runOnce: (engine, fence) => recheckDialogs(engine, fence) },
  deliver: { everyMs: 1_000, runOnce: deliverAll },
  forget: { everyMs: 60_000, runOnce: forget },
};

/** Between two ticks of the leader, and between two attempts to become it. */
const tickMs = 1_000;
const competeMs = 5_000;

/**
 * Competes for the lease, and runs the loops while it is held. Any long-running process has one.
 * `start` and `stop` may be called in any order and more than once.
 */
export class Loops {
  /** Rejects when the loops can never run again in this process. */
  readonly failed: Promise<never>;
  readonly #fail: (error: unknown) => void;
  readonly #lastRun = new Map<string, number>();
  #fence: Fence | undefined;
  #isStopped = true;
  #hasMessages = false;
  #running: Promise<void> = Promise.resolve();
  #wake = () => {};
  #unwatch = () => {};

  /** What a pass throws is told to `onError`, and the loop goes on. */
  constructor(
    private readonly engine: Engine,
    private readonly onError: (error: unknown) => void,
  ) {
    const { promise, reject } = Promise.withResolvers<never>();
    // Whoever waits for it hears of it; nobody has to.
    promise.catch(() => {});
    this.failed = promise;
    this.#fail = reject;
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#unwatch = watchCommits(this.engine.store, () => this.#onCommit());
    this.#running = this.#run();
  }

  /** Ends the loops, waits for the pass under way, and gives the lease back. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#unwatch();
    this.#wake();
    await this.#running;
    if (this.#fence) releaseLease(this.engine.store, this.#fence);
    this.#fence = undefined;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#guardedTick();
      if (this.#isStopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#fence ? tickMs : competeMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async #guardedTick(): Promise<void> {
    try {
      await this.#tick();
    } catch (error) {
      if (isLeaseLost(error)) this.#fence = undefined;
      if (isMigratedAway(error)) this.#fail(error);
      else this.onError(error);
    }
  }

  async #tick(): Promise<void> {
    const { store, owner } = this.engine;
    this.#fence ??= acquireLease(store, loopsLease, owner, leaseMs);
    if (!this.#fence) return;
    const now = Date.now();
    for (const [name, loop] of Object.entries(loops)) {
      const isDue = now - (this.#lastRun.get(name) ?? 0) >= loop.everyMs;
      const isPoked = this.#hasMessages && name === "deliver";
      if (this.#isStopped || !(isDue || isPoked)) continue;
      this.#lastRun.set(name, now);
      await loop.runOnce(this.engine, this.#fence, now);
    }
    this.#hasMessages = false;
  }

  #onCommit(): void {
    if (!this.#fence || sessionsWithMessages(this.engine.store).length === 0) return;
    this.#hasMessages = true;
    this.#wake();
  }
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
  forgetFinished(engine.store, now - limits.ageMs, fence);
}

function isLeaseLost(error: unknown): boolean {
  return error instanceof AoError && error.code === "conflict" && /^lease /.test(error.message);
}

/** A store that a newer `ao` has migrated is not ours to write any more. */
function isMigratedAway(error: unknown): boolean {
  return error instanceof AoError && /^another ao has migrated/.test(error.message);
}
