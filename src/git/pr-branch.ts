import { existsSync, realpathSync } from "node:fs";

import { AoError, systemCode } from "../error.ts";
import { branchTip, deleteBranch, explainBranchFailure, setBranchConfig } from "./branch.ts";
import { complaint, git, gitFailure, tryGit, type Watched } from "./command.ts";
import { isAncestor } from "./escrow-match.ts";
import { finishHalfSwitch } from "./half-switched.ts";
import { headOf } from "./worktree.ts";

/** How long fetching one head may take. */
const fetchMs = 60_000;

/** The head of a pull request, as far as git must know it. */
export interface PrHead {
  root: string;
  number: number;
  /** Name of the head branch in its own repository. */
  headRef: string;
  headSha: string;
  /** The head branch is in the repository that `origin` is. */
  isOwn: boolean;
}

/** Where `git push` and `git pull` of a branch go: a remote or an address, and a full ref. */
export interface Upstream {
  remote: string;
  ref: string;
}

/**
 * Brings the head of a pull request, and what `origin` has as its head branch; nothing else is
 * fetched. Not to be called under the repository's lock. Throws `unavailable`, `interrupted`.
 */
export async function fetchPrHead(head: PrHead & Watched): Promise<void> {
  const { root, number, headRef, headSha, isOwn, onStart, signal, env } = head;
  const flags = ["--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules", "--refmap="];
  const fetch = ["fetch", ...flags, "--no-write-fetch-head", "--no-auto-maintenance", "origin"];
  const call = { at: root, timeoutMs: fetchMs, onStart, signal, env };
  const tracked = `+refs/heads/${headRef}:refs/remotes/origin/${headRef}`;
  const refs = [`refs/pull/${number}/head`, ...(isOwn ? [tracked] : [])];
  let why = "its head has moved meanwhile";
  try {
    let result = await tryGit([...fetch, ...refs], call);
    // The branch of a pull request can be gone while its head is still to be had.
    if (result.exitCode !== 0 && isOwn)
      result = await tryGit([...fetch, ...refs.slice(0, 1)], call);
    if (result.exitCode !== 0) why = complaint(result);
  } catch (error) {
    if (!(error instanceof AoError) || error.code !== "timeout") throw error;
    why = "origin does not answer in time";
  }
  const known = await tryGit(["cat-file", "-e", `${headSha}^{commit}`], { at: root });
  if (known.exitCode === 0) return;
  const what = `the head of pull request #${number} cannot be fetched: ${why}`;
  throw new AoError("unavailable", what, "try again");
}

/** Sets where `git push` and `git pull` of a branch go. To be called under the lock. */
export async function setUpstream(root: string, branch: string, to: Upstream): Promise<void> {
  await setBranchConfig(root, branch, "remote", to.remote);
  // A `remote.pushDefault` of the person's would send it elsewhere.
  await setBranchConfig(root, branch, "pushRemote", to.remote);
  await setBranchConfig(root, branch, "merge", to.ref);
}

/** What a checkout of a pull request changes, so that it can be taken back. */
export interface CheckoutPlan {
  branch: string;
  /** Where the branch was; null when there was none. */
  from: string | null;
  /** Where it shall be. */
  to: string;
  /** What the work tree stood on. */
  before: { branch?: string; sha: string };
}

export interface CheckoutPlace {
  root: string;
  worktree: string;
  /** The environment in which git ignores what `ao` added to the work tree. */
  env?: Watched["env"];
}

/**
 * Finds out what a checkout would change. A branch of an earlier claim moves only forward, and
 * one that is ahead of the pull request stays. Throws `conflict` for uncommitted work, for a
 * branch with commits of its own and for one that is checked out elsewhere.
 */
export async function planCheckout(
  place: CheckoutPlace,
  { branch, headSha }: { branch: string; headSha: string },
): Promise<CheckoutPlan> {
  const { root } = place;
  const { sha, branch: current } = await cleanHead(place);
  const before = { sha, ...(current === undefined ? {} : { branch: current }) };
  const tip = await branchTip(root, branch);
  if (!tip) return { branch, from: null, to: headSha, before };
  if (tip.worktree && !isSamePath(tip.worktree, place.worktree)) {
    throw new AoError("conflict", `branch ${branch} is checked out at \`${tip.worktree}\``);
  }
  const plan = { branch, from: tip.sha, before };
  if (await isAncestor(root, headSha, tip.sha)) return { ...plan, to: tip.sha };
  if (await isAncestor(root, tip.sha, headSha)) return { ...plan, to: headSha };
  const what = `branch ${branch} has commits that the pull request lacks`;
  throw new AoError("conflict", what, "push them, or use `--no-checkout`");
}

/** Where a work tree stands. Throws `conflict` when it has uncommitted work. */
export async function cleanHead({ worktree, env }: CheckoutPlace) {
  const head = await headOf(worktree, { env });
  if (!head.isDirty) return head;
  const what = `the worktree \`${worktree}\` has uncommitted work`;
  throw new AoError("conflict", what, "commit it, or use `--no-checkout`");
}

/** Makes the branch, or moves it forward. To be called under the lock. Throws `conflict`. */
export async function makeBranch(root: string, plan: CheckoutPlan & Watched): Promise<void> {
  const { branch, from, to, before, onStart, env } = plan;
  // A branch that the work tree stands on moves together with its files.
  if (from === to || before.branch === branch) return;
  const old = from ?? "0".repeat(to.length);
  const reason = ["-m", "ao: at the head of a pull request"];
  const args = ["update-ref", "--create-reflog", ...reason, `refs/heads/${branch}`, to, old];
  const result = await tryGit(args, { at: root, onStart, env });
  if (result.exitCode !== 0) throw await explainBranchFailure(root, branch, args, result);
}

/** Takes `makeBranch` back, unless somebody has committed on it since; twice as well. */
export async function unmakeBranch(root: string, plan: CheckoutPlan): Promise<void> {
  const { branch, from, to, before } = plan;
  if (from === to || before.branch === branch) return;
  const tip = await branchTip(root, branch);
  if (tip?.sha !== to || tip.worktree) return;
  if (from === null) return await deleteBranch({ root, branch, expectedSha: to });
  await git(["update-ref", `refs/heads/${branch}`, from, to], { at: root });
}

/**
 * Puts the work tree on the branch. Git refuses where that would overwrite anything, ignored
 * files included, and while a merge or rebase is unfinished. Throws `conflict`.
 */
export async function enterBranch(
  place: CheckoutPlace,
  plan: CheckoutPlan & Watched,
): Promise<void> {
  const { branch, to, before, onStart, signal } = plan;
  const { worktree } = place;
  await cleanHead(place);
  if (before.branch === branch && before.sha === to) return;
  const args = before.branch === branch ? ["merge", "--ff-only", "--quiet", to] : switchTo(branch);
  const env = { ...place.env, ...plan.env };
  const result = await tryGit(args, { at: worktree, onStart, signal, env });
  if (result.exitCode === 0) return;
  // The person's post-checkout hook may have failed after all was done.
  if ((await headOf(worktree)).branch === branch && before.branch !== branch) return;
  throw gitFailure(args, result, "conflict", "ao session claim-pr --no-checkout");
}

/**
 * Puts the work tree back on what it stood on, from any state that a kill can leave. Returns why
 * it stays where it is, when somebody has worked in it since.
 */
export async function leaveBranch(
  place: CheckoutPlace,
  plan: CheckoutPlan,
): Promise<string | undefined> {
  const { worktree } = place;
  const { branch, from, to, before } = plan;
  if (!existsSync(worktree)) return undefined;
  const env = place.env;
  const half = await finishHalfSwitch({ worktree, env, from: before.sha, to });
  if (half !== undefined) return half;
  const head = await headOf(worktree, { env });
  if (before.branch === branch) {
    if (from === null || from === to || head.branch !== branch || head.sha !== to) return undefined;
    return failureOf(await tryGit(["reset", "--quiet", "--keep", from], { at: worktree, env }));
  }
  if (head.branch !== branch) return undefined;
  const back = before.branch ? switchTo(before.branch) : [...switchTo("--detach"), before.sha];
  return failureOf(await tryGit(back, { at: worktree, env }));
}

function switchTo(branch: string): string[] {
  return ["switch", "--quiet", "--no-overwrite-ignore", branch];
}

function failureOf(result: Awaited<ReturnType<typeof tryGit>>): string | undefined {
  return result.exitCode === 0 ? undefined : complaint(result);
}

function isSamePath(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    return one === other;
  }
}
