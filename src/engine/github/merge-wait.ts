import { mayGetChecks } from "../../domain/pace.ts";
import { AoError } from "../../error.ts";
import { GitHubError } from "../../github/failure.ts";
import { watchCommits } from "../../store/follow.ts";
import { getPr, type PrRow } from "../../store/observation.ts";
import { readQuota } from "../../store/quota.ts";
import type { Engine } from "../engine.ts";
import { activeProject } from "../project.ts";
import { repositoryOfKey } from "./due.ts";
import { chooseMethod, type Merge, mergeNow, type MergeRequest, remaining } from "./merge.ts";
import { pullView } from "./pull.ts";
import { observePull, withGitHub } from "./record-pull.ts";

/** How often GitHub may refuse what looks ready before that is told as a failure. */
const mostRefusals = 3;

/** What ends by itself: the next look at GitHub that comes through decides anew. */
const passing: readonly string[] = ["unavailable", "rate_limited"];

/**
 * Waits until nothing stands in the way of a merge, then merges at the head that was shown. It
 * wakes when the store changes, so a process that leads the loops must run: this one, or a daemon.
 * What it waits for is told to `tell`, each time anew. Throws `conflict` when the head moves or the
 * pull request is closed, `interrupted` on ctrl-C, and what a merge throws.
 */
export async function mergeWhenReady(
  engine: Engine,
  request: MergeRequest,
  tell: (waitsFor: string[]) => void,
): Promise<Merge> {
  using changes = new Changes(engine);
  let pull = await observePull(engine, request.pull);
  await checkMethod(engine, request);
  const refused = { count: 0, at: 0 };
  let told = "";
  for (;;) {
    const waitsFor = waiting(engine, pull, request);
    if (pull.state === "merged") {
      return { pull: pullView(pull), method: null, mergeSha: pull.mergeSha };
    }
    if (waitsFor.length === 0 && pull.observedAt > refused.at) {
      const merged = await tryMerge(engine, pull, request, refused);
      if (merged) return merged;
      pull = getPr(engine.store, pull.key);
      continue;
    }
    if (waitsFor.length > 0 && told !== waitsFor.join()) tell(waitsFor);
    told = waitsFor.join();
    await changes.next();
    pull = getPr(engine.store, pull.key);
  }
}

/** Nobody should hear of it only after a long wait. */
async function checkMethod(engine: Engine, { pull, method }: MergeRequest): Promise<void> {
  if (method === undefined) return;
  const { host } = repositoryOfKey(pull.key);
  await withGitHub(engine, host, (github) => chooseMethod(github, pull, method));
}

/** What a merge waits for; what cannot come any more throws. */
function waiting(engine: Engine, pull: PrRow, request: MergeRequest): string[] {
  const name = `pull request #${pull.number}`;
  const obstacles = remaining(engine, pull, request);
  if (pull.state === "closed")
    throw new AoError("conflict", `${name} was closed`, "ao pr ls --all");
  if (pull.state !== "merged" && pull.sessionId === null) {
    const hint = `ao session claim-pr SESSION ${pull.number}`;
    throw new AoError("conflict", `${name} is no session's, so it is not watched`, hint);
  }
  // Nobody looks at those of an archived one.
  activeProject(engine, pull.projectId);
  const { host } = repositoryOfKey(pull.key);
  const { rest } = readQuota(engine.store, host);
  const isResting = rest !== undefined && rest.until > Date.now();
  const unknown = pull.mergeability === "unknown" && !request.isForced;
  const early = mayGetChecks(pull, Date.now()) && !request.isForced;
  return [
    ...obstacles.map(({ text }) => text),
    ...(unknown && obstacles.length === 0 ? ["GitHub has not said whether it can be merged"] : []),
    ...(early && obstacles.length === 0 ? ["checks may still come for this head"] : []),
    ...(isResting && obstacles.length > 0 ? [`not looked at for now: ${rest.reason}`] : []),
  ];
}

/** The store may be a minute old: one look decides. Undefined: not yet. */
async function tryMerge(
  engine: Engine,
  known: PrRow,
  request: MergeRequest,
  refused: { count: number; at: number },
): Promise<Merge | undefined> {
  try {
    const pull = await observePull(engine, known);
    if (pull.state === "merged" || waiting(engine, pull, request).length > 0) return undefined;
    return await mergeNow(engine, pull, request);
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    // The base may have moved in this moment, by another merge: the next look decides anew.
    if (error.kind === "refused") refused.count += 1;
    else if (!passing.includes(error.kind)) throw error;
    if (refused.count >= mostRefusals) throw error;
    refused.at = getPr(engine.store, known.key).observedAt;
    engine.progress.note(error.message);
    return undefined;
  }
}

/** The commits of any process, one wake for all since the last one. */
class Changes implements Disposable {
  #isDue = false;
  #resume = () => {};
  readonly #unwatch: () => void;
  readonly #wake = () => {
    this.#isDue = true;
    this.#resume();
  };

  constructor(private readonly engine: Engine) {
    this.#unwatch = watchCommits(engine.store, this.#wake);
    engine.interrupt.addEventListener("abort", this.#wake, { once: true });
  }

  /** Resolves after the next change. Throws `interrupted`. */
  async next(): Promise<void> {
    const { interrupt } = this.engine;
    if (!this.#isDue && !interrupt.aborted) {
      await new Promise<void>((resolve) => (this.#resume = resolve));
    }
    this.#isDue = false;
    if (interrupt.aborted) throw new AoError("interrupted", "interrupted; nothing was merged");
  }

  [Symbol.dispose](): void {
    this.#unwatch();
    this.engine.interrupt.removeEventListener("abort", this.#wake);
  }
}
