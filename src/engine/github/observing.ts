import { AoError } from "../../error.ts";
import { hasUntoldEnd } from "../../store/feedback.ts";
import { acquireLease, releaseLease } from "../../store/lease.ts";
import { listPrs } from "../../store/observation.ts";
import { countLiveSessions, listProjects } from "../../store/project.ts";
import type { Fence, Reader } from "../../store/store.ts";
import type { Engine } from "../engine.ts";
import { loopsLease } from "../loops-lease.ts";
import { isTurn, takeTurn } from "../turn.ts";
import type { Observer } from "./observer.ts";

/**
 * Whether there is anything on a host to look at, or to tell of what was seen there; who has
 * nothing never loads the observer.
 */
function hasHosts(reader: Reader): boolean {
  const hosted = listProjects(reader).filter(
    (project) => project.host && project.owner && project.repo,
  );
  if (hosted.length === 0) return false;
  const hasLive = hosted.some(({ id }) => countLiveSessions(reader, id) > 0);
  return hasLive || hasOpenPrs(reader) || hasUntoldEnd(reader);
}

function hasOpenPrs(reader: Reader): boolean {
  return listPrs(reader, {}).length > 0;
}

/** The observer of a process that leads, made at its first use. */
export class Observing {
  #observer: Observer | undefined;
  #isStopped = false;

  /** One pass, if there is anything to look at. Throws `conflict` when the lease was lost. */
  async runOnce(engine: Engine, fence: Fence, now: number): Promise<void> {
    if (this.#isStopped || !hasHosts(engine.store)) return;
    if (!this.#observer) {
      const loaded = await import("./observer.ts");
      this.#observer ??= new loaded.Observer(engine);
    }
    if (this.#isStopped) this.#observer.stop();
    await this.#observer.runOnce(now, fence);
  }

  /** Ends the calls under way. */
  stop(): void {
    this.#isStopped = true;
    this.#observer?.stop();
  }
}

/** Longest look of the detached helper. */
const longestMs = 30_000;

/** Between two looks of helpers, however many of them are started. */
const lookMs = 60_000;
const lookMark = "last-look";

/** Whether a helper should be started to look at GitHub. */
export function isLookDue({ dataDir, store }: Engine): boolean {
  return isTurn(dataDir, lookMark, lookMs) && hasHosts(store);
}

/**
 * Whether a login for any host is at hand, where a look is due: without one, the look is left to
 * whoever has it.
 */
export async function mayAsk(engine: Engine): Promise<boolean> {
  if (!isLookDue(engine)) return false;
  const { tokenOf } = await import("./github.ts");
  const hosts = new Set(listProjects(engine.store).flatMap(({ host }) => host ?? []));
  for (const host of hosts) {
    try {
      await tokenOf(engine, host);
      return true;
    } catch (error) {
      if (!(error instanceof AoError)) throw error;
    }
  }
  return false;
}

/**
 * One bounded pass for a command's helper, if it is time and no process leads. Returns whether it
 * led for that time.
 */
export async function observeOnce(engine: Engine): Promise<boolean> {
  if (!isLookDue(engine) || !takeTurn(engine.dataDir, lookMark, lookMs)) return false;
  const fence = acquireLease(engine.store, loopsLease, engine.owner, 2 * longestMs);
  if (!fence) return false;
  const observing = new Observing();
  const timer = setTimeout(() => observing.stop(), longestMs);
  try {
    await observing.runOnce(engine, fence, Date.now());
    return true;
  } finally {
    clearTimeout(timer);
    releaseLease(engine.store, fence);
  }
}
