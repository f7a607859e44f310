import { label } from "../../domain/foreign.ts";
import { isOverruled, type Obstacle } from "../../domain/merge.ts";
import { AoError } from "../../error.ts";
import { allowedMergeMethods, type MergeMethod, mergePr } from "../../github/actions.ts";
import type { GitHub } from "../../github/client.ts";
import { GitHubError } from "../../github/failure.ts";
import { getPr, type PrRow } from "../../store/observation.ts";
import type { Engine } from "../engine.ts";
import { repositoryOfKey } from "./due.ts";
import { obstaclesOf, type PullView, pullView } from "./pull.ts";
import { observePull, withGitHub } from "./record-pull.ts";

/** What a person wants merged. */
export interface MergeRequest {
  /** As it was shown: nothing but this head is merged. */
  pull: PrRow;
  /** The head that was shown elsewhere, at least its first seven digits. */
  headSha?: string | undefined;
  /** Absent: the viewer's default among those that the repository allows. */
  method?: MergeMethod | undefined;
  /** Leaves checks, reviews and open threads to GitHub's own rules. */
  isForced?: boolean | undefined;
}

/** What a merge came to, by what the store has now. */
export interface Merge {
  pull: PullView;
  /** Null when somebody else had merged it meanwhile. */
  method: MergeMethod | null;
  /** The commit on the base branch. */
  mergeSha: string | null;
}

/** GitHub may tell of the old state for a moment after a merge. */
const looksAfter = 3;
const betweenLooksMs = 500;

/**
 * Merges a pull request at the head that was shown, if nothing stands in the way now, and stores
 * what came of it. Throws `conflict` with the reasons (head moved, draft, conflicts, checks,
 * review, threads, a method that is not allowed), `not_found`, `unavailable`.
 */
export async function mergePull(engine: Engine, request: MergeRequest): Promise<Merge> {
  const pull = await observePull(engine, request.pull);
  refuse(pull, remaining(engine, pull, request), request);
  return await mergeNow(engine, pull, request);
}

/** What keeps a pull request from being merged as asked for; throws when its head has moved. */
export function remaining(engine: Engine, pull: PrRow, request: MergeRequest): Obstacle[] {
  const shown = shownHead(request);
  const isEnded = pull.state === "merged" || pull.state === "closed";
  if (!isEnded && !pull.headSha.startsWith(shown)) {
    const message =
      `the head of pull request #${pull.number} is ${pull.headSha.slice(0, 12)}, ` +
      `not ${shown.slice(0, 12)}, which was shown`;
    throw new AoError("conflict", message, `ao pr show ${pull.number}`);
  }
  const found = obstaclesOf(engine, pull);
  return request.isForced ? found.filter((one) => !isOverruled(one)) : found;
}

function shownHead({ headSha, pull }: MergeRequest): string {
  if (headSha === undefined) return pull.headSha;
  if (/^[0-9a-f]{7,40}$/i.test(headSha)) return headSha.toLowerCase();
  const hint = `the head that \`ao pr show ${pull.number}\` shows`;
  throw new AoError("usage", `head ${JSON.stringify(headSha)} is no commit id`, hint);
}

/** The refusal of what cannot be merged now. */
export function refuse(pull: PrRow, obstacles: readonly Obstacle[], request: MergeRequest): void {
  if (obstacles.length === 0) return;
  const why = obstacles.map(({ text }) => text).join("; ");
  const message = `pull request #${pull.number} cannot be merged: ${why}`;
  const isWaiting = obstacles.every(isOverruled) && !request.isForced;
  const next = isWaiting ? `ao pr merge ${pull.number} --when-ready` : `ao pr show ${pull.number}`;
  throw new AoError("conflict", message, next);
}

/** Merges at the head of `pull`, whatever the store thinks of it. */
export async function mergeNow(engine: Engine, pull: PrRow, request: MergeRequest): Promise<Merge> {
  const { host } = repositoryOfKey(pull.key);
  return await withGitHub(engine, host, async (github) => {
    const method = await chooseMethod(github, pull, request.method);
    const { title, headSha } = pull;
    const at = `at ${headSha.slice(0, 12)}`;
    engine.progress.note(`merging #${pull.number} ${at} by ${method}: ${label(title)}`);
    const mergeSha = await put(engine, github, pull, method);
    return { pull: await truth(engine, pull), method, mergeSha };
  });
}

/**
 * The way to merge that is wanted, or the viewer's default of the repository. Throws `conflict`
 * for one that the repository does not allow, naming one that it does.
 */
export async function chooseMethod(
  github: GitHub,
  { key }: PrRow,
  wanted: MergeMethod | undefined,
): Promise<MergeMethod> {
  const repository = repositoryOfKey(key);
  const allowed = await allowedMergeMethods(github, repository);
  const [preferred] = allowed;
  const full = `${repository.owner}/${repository.repo}`;
  if (!preferred) throw new AoError("conflict", `${full} allows no way to merge`);
  if (wanted === undefined || allowed.includes(wanted)) return wanted ?? preferred;
  const message = `${full} does not allow method ${wanted}`;
  throw new AoError("conflict", message, `--method ${preferred}`);
}

/** An answer that did not come says nothing: it is looked at what has become of the merge. */
async function put(
  engine: Engine,
  github: GitHub,
  pull: PrRow,
  method: MergeMethod,
): Promise<string | null> {
  const { number, headSha, key } = pull;
  try {
    return await mergePr(github, { repository: repositoryOfKey(key), number, headSha, method });
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    const now = await tryObserve(engine, pull);
    if (now?.state !== "merged" || now.headSha !== headSha) throw error;
    return now.mergeSha;
  }
}

/** The row after a merge; that GitHub cannot be asked now does not undo it. */
async function truth(engine: Engine, pull: PrRow): Promise<PullView> {
  for (let look = 1; look <= looksAfter; look++) {
    const now = await tryObserve(engine, pull);
    if (now?.state === "merged") return pullView(now);
    if (look < looksAfter) await Bun.sleep(betweenLooksMs);
  }
  engine.progress.note("it is merged, and GitHub does not show it yet; the next look will");
  return pullView(getPr(engine.store, pull.key));
}

async function tryObserve(engine: Engine, pull: PrRow): Promise<PrRow | undefined> {
  try {
    return await observePull(engine, pull);
  } catch (error) {
    // Whoever asked hears of what failed before, or that it is not known.
    if (error instanceof AoError) return undefined;
    throw error;
  }
}
