import { AoError, messageOf } from "../error.ts";
import { watchCommits } from "../store/follow.ts";
import { acquireLease, releaseLease, renewLease } from "../store/lease.ts";
import { newestNotification } from "../store/notification.ts";
import type { Fence } from "../store/store.ts";
import { recheckTurns } from "./broken-off.ts";
import { recheckDialogs } from "./dialog.ts";
import type { Engine } from "./engine.ts";
import { forget } from "./forget.ts";
import { giveFeedback } from "./github/feedback.ts";
import { Observing } from "./github/observing.ts";
import { waitingInboxes } from "./inbox.ts";
import { loopsLease } from "./loops-lease.ts";
import { PassWatch } from "./pass-watch.ts";
import { reap } from "./reap.ts";
import { recoverDead } from "./recovery.ts";
import { deliverPass, notifyPass } from "./run-once.ts";
import { watchScreens } from "./screen-watch.ts";

export { loopsLease };

const leaseMs = 15_000;

/** One background service: a bounded pass, and how long to wait between two of them. */
interface Loop {
  everyMs: number;
  /** How long one pass may take before it counts as hung, where that is longer than most. */
  patienceMs?: number;
  runOnce(
    engine: Engine,
    fence: Fence,
    now: number,
    observing: Observing,
  ): Promise<unknown> | unknown;
}

const loops: Record<string, Loop> = {
  reap: {
    everyMs: 2_000,
    runOnce: (engine, fence, now) => reap(engine, { runtimes: ["pty"], fence, now }),
  },
  // Each pass starts a tmux client, and its hook tells of ends anyway.
  reapTmux: {
    everyMs: 10_000,
    runOnce: (engine, fence, now) => reap(engine, { runtimes: ["tmux"], fence, now }),
  },
  // It may run a repository's teardown commands, which take as long as the person allows.
  recover: { everyMs: 5_000, patienceMs: 3_600_000, runOnce: (engine) => recoverDead(engine) },
  dialogs: { everyMs: 5_000, runOnce: (engine, fence) => recheckDialogs(engine, fence) },
  turns: { everyMs: 5_000, runOnce: (engine, fence) => recheckTurns(engine, fence) },
  screens: { everyMs: 5_000, runOnce: (engine, fence) => watchScreens(engine, fence) },
  deliver: { everyMs: 1_000, runOnce: deliverPass },
  // How often each pull request is looked at is the observer's own affair.
  observe: {
    everyMs: 5_000,
    runOnce: async (engine, fence, now, observing) => {
      try {
        await observing.runOnce(engine, fence, now);
      } finally {
        // What is known already is owed, whatever became of this look.
        await giveFeedback(engine, fence);
      }
    },
  },
  // A commit wakes it; the time is for second tries.
  notify: { everyMs: 5_000, runOnce: notifyPass },
  forget: { everyMs: 60_000, runOnce: (engine, fence, now) => forget(engine, now, fence) },
};

/** What the loops of a process do, for whoever asks whether all is well. Times in Unix ms. */
export interface LoopsState {
  isLeader: boolean;
  /** What makes no progress any more: a loop by its name, or `tick`. */
  hung: string | null;
  passes: { name: string; startedAt: number; isRunning: boolean; error: string | null }[];
}

/** Between two ticks of the leader, and between two attempts to become it. */
const tickMs = 1_000;
const competeMs = 5_000;

/** Between two ticks however often others commit: two processes must not keep each other awake. */
const restMs = 100;

/**
 * How long a stop waits for passes. What takes longer (a terminal that does not answer) is left:
 * whoever comes next goes on with it, as after a crash.
 */
const drainMs = 600;

/**
 * Competes for the lease, and runs the loops while it is held. Any long-running process has one.
 * `start` and `stop` may be called in any order and more than once.
 */
export class Loops {
  /** Rejects when the loops can never run again in this process. */
  readonly failed: Promise<never>;
  readonly #fail: (error: unknown) => void;
  readonly #lastRun = new Map<string, number>();
  readonly #passes = new PassWatch();
  readonly #errors = new Map<string, string>();
  #fence: Fence | undefined;
  #renewedAt = 0;
  #stopping: AbortController | undefined;
  #observing = new Observing();
  #ended: Promise<void> = Promise.resolve();
  /** Loops for which a commit has brought work, until they have begun with it. */
  readonly #poked = new Set<string>();
  #newest = 0;
  #wake = () => {};

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

  /** What makes no progress any more, if anything: a loop by its name, or `tick`. */
  get hung(): string | undefined {
    return this.#passes.hung;
  }

  start(): void {
    if (this.#stopping) return;
    this.#stopping = new AbortController();
    this.#passes.tick();
    this.#observing = new Observing();
    this.#ended = this.#runAfter(this.#ended, this.#stopping.signal);
  }

  /** Whether this process is the one that runs them, and the last pass of each. */
  state(): LoopsState {
    const passes = [...this.#lastRun].map(([name, startedAt]) => ({
      name,
      startedAt,
      isRunning: this.#passes.has(name),
      error: this.#errors.get(name) ?? null,
    }));
    return { isLeader: this.#fence !== undefined, hung: this.hung ?? null, passes };
  }

  /** Ends the loops, waits a moment for the passes under way, and gives the lease back. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#stopping = undefined;
    this.#observing.stop();
    this.#wake();
    await this.#ended;
  }

  async #runAfter(before: Promise<void>, stop: AbortSignal): Promise<void> {
    await before;
    const unwatch = watchCommits(this.engine.store, () => this.#onCommit());
    try {
      while (!stop.aborted) {
        this.#guard(() => this.#tick());
        this.#passes.tick();
        await this.#sleep(restMs, stop);
        if (this.#poked.size === 0)
          await this.#sleep(this.#fence ? tickMs - restMs : competeMs, stop);
      }
    } finally {
      unwatch();
      await Promise.race([this.#passes.ended(), Bun.sleep(drainMs)]);
      this.#guard(() => this.#release());
    }
  }

  async #sleep(ms: number, stop: AbortSignal): Promise<void> {
    if (stop.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        if (!stop.aborted && ms === restMs) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #tick(): void {
    const { store, owner } = this.engine;
    const now = Date.now();
    if (this.#fence && now - this.#renewedAt >= leaseMs / 3) {
      if (!renewLease(store, this.#fence, leaseMs)) this.#fence = undefined;
      this.#renewedAt = now;
    }
    if (!this.#fence) {
      this.#fence = acquireLease(store, loopsLease, owner, leaseMs);
      this.#renewedAt = now;
    }
    if (!this.#fence) return this.#poked.clear();
    for (const name of Object.keys(loops)) this.#startPass(name, this.#fence, now);
  }

  /** A pass that takes long holds up neither the others nor the lease. */
  #startPass(name: string, fence: Fence, now: number): void {
    const loop = loops[name];
    if (!loop || this.#passes.has(name)) return;
    const isDue = now - (this.#lastRun.get(name) ?? 0) >= loop.everyMs;
    if (!isDue && !this.#poked.has(name)) return;
    this.#poked.delete(name);
    this.#lastRun.set(name, now);
    this.#passes.add(name, this.#pass(name, loop, fence, now), loop.patienceMs);
  }

  async #pass(name: string, loop: Loop, fence: Fence, now: number): Promise<void> {
    try {
      // Not before it is known as running.
      await Promise.resolve();
      await loop.runOnce(this.engine, fence, now, this.#observing);
      this.#errors.delete(name);
    } catch (error) {
      this.#errors.set(name, messageOf(error));
      this.#onFailure(error);
    } finally {
      this.#passes.delete(name);
    }
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#onFailure(error);
    }
  }

  #onFailure(error: unknown): void {
    if (isLeaseLost(error)) this.#fence = undefined;
    else if (isMigratedAway(error)) {
      this.#fence = undefined;
      this.#stopping?.abort();
      this.#wake();
      this.#fail(error);
      // What a pass that was left behind finds of a store that is closed concerns nobody.
    } else if (this.#stopping) this.onError(error);
  }

  #release(): void {
    const fence = this.#fence;
    this.#fence = undefined;
    if (fence) releaseLease(this.engine.store, fence);
  }

  #onCommit(): void {
    if (!this.#fence) return;
    if (waitingInboxes(this.engine).length > 0) this.#poked.add("deliver");
    const newest = newestNotification(this.engine.store);
    if (newest > this.#newest) this.#poked.add("notify");
    this.#newest = newest;
    if (this.#poked.size > 0) this.#wake();
  }
}

function isLeaseLost(error: unknown): boolean {
  if (!(error instanceof AoError) || error.code !== "conflict") return false;
  return error.message.startsWith(`lease ${loopsLease} `);
}

/** A store that a newer `ao` has migrated is not ours to write any more. */
function isMigratedAway(error: unknown): boolean {
  return error instanceof AoError && /^another ao has migrated/.test(error.message);
}
