import { AoError } from "../../error.ts";
import { resolveThread } from "../../github/actions.ts";
import { type PrRow, readDiscussion } from "../../store/observation.ts";
import type { Engine } from "../engine.ts";
import { repositoryOfKey } from "./due.ts";
import { type PullView, pullView } from "./pull.ts";
import { observePull, withGitHub } from "./record-pull.ts";

/** What a resolution came to, by what the store has now. */
export interface Resolution {
  pull: PullView;
  /** Threads that were resolved now. */
  resolved: string[];
  /** Threads that were resolved already. */
  unchanged: string[];
  /** Threads that are open still, bots' included. */
  open: string[];
}

/**
 * Resolves review threads on GitHub, all that are open or those of these ids, and stores what came
 * of it. Throws `not_found` for an id that the pull request does not have (nothing is resolved
 * then), and `unavailable`; what was resolved before a failure stays so, and is stored.
 */
export async function resolveThreads(
  engine: Engine,
  pull: PrRow,
  wanted: readonly string[] | "all",
): Promise<Resolution> {
  const { key } = await observePull(engine, pull);
  const threads = new Map(
    readDiscussion(engine.store, key).threads.map(({ id, isResolved }) => [id, isResolved]),
  );
  const ids = wanted === "all" ? openOnes(engine, key) : [...new Set(wanted)];
  const unknown = ids.find((id) => !threads.has(id));
  if (unknown !== undefined) {
    const message = `thread ${unknown} of pull request #${pull.number} not found`;
    throw new AoError("not_found", message, `ao pr show ${pull.number}`);
  }
  const [unchanged, due] = [true, false].map((is) => ids.filter((id) => threads.get(id) === is));
  const resolved = await resolveOneByOne(engine, pull, due ?? []);
  const now = await observePull(engine, pull);
  return {
    pull: pullView(now),
    resolved,
    unchanged: unchanged ?? [],
    open: openOnes(engine, key),
  };
}

async function resolveOneByOne(
  engine: Engine,
  pull: PrRow,
  ids: readonly string[],
): Promise<string[]> {
  const { host } = repositoryOfKey(pull.key);
  const resolved: string[] = [];
  try {
    await withGitHub(engine, host, async (github) => {
      for (const id of ids) {
        await resolveThread(github, id);
        resolved.push(id);
      }
    });
  } catch (error) {
    if (resolved.length > 0) await observePull(engine, pull).catch(() => undefined);
    if (!(error instanceof AoError)) throw error;
    const done = resolved.length === 1 ? "1 thread was" : `${resolved.length} threads were`;
    const so = resolved.length > 0 ? `; ${done} resolved before` : "";
    throw new AoError(error.code, `${error.message}${so}`, error.hint, { cause: error });
  }
  return resolved;
}

function openOnes(engine: Engine, key: string): string[] {
  const { threads } = readDiscussion(engine.store, key);
  return threads.filter(({ isResolved }) => !isResolved).map(({ id }) => id);
}
