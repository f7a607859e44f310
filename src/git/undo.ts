import { existsSync, lstatSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { checkBranchName } from "../domain/branch.ts";
import { AoError, systemCode } from "../error.ts";
import { branchTip, deleteBranch } from "./branch.ts";
import { git, privately, splitNul, tryGit, type Watched } from "./command.ts";
import { isAncestor, matchesEscrow } from "./escrow-match.ts";
import { commonDirOf } from "./layout.ts";
import { findNested, inspectNested } from "./nested.ts";
import {
  findRegistration,
  findTraces,
  isHalfMade,
  ownedPath,
  type Registration,
  repairLink,
} from "./registration.ts";
import { branchMark, headOf, removeWorktree } from "./worktree.ts";

export interface UndoOptions extends Watched {
  root: string;
  path: string;
  branch: string;
  baseSha: string;
  /** The directory of ao's that the path must lie in. */
  ownedRoot: string;
  /** An escrow (ref or commit) that makes it safe to drop what has been changed since. */
  escrow?: string | undefined;
}

/**
 * Undoes `addWorktree` from any state that a kill can leave, also when nothing was made or it was
 * undone before. The child that was making it must have ended, and the repository's lock be held,
 * since administration that names no path yet is told by its name alone. A branch that ao did not
 * make for this path stays. Throws `conflict` when something has been changed since and no escrow
 * has it.
 */
export async function undoAddWorktree(options: UndoOptions): Promise<void> {
  const { root, onStart, env } = options;
  const branch = checkBranchName(options.branch);
  const path = ownedPath(options.path, options.ownedRoot);
  const commonDir = commonDirOf(root);
  const registration = findRegistration(commonDir, path);
  if (registration) repairLink(registration);
  if (registration && existsSync(path)) await checkTree(options, path, registration);
  const tip = await findOwnBranch(options, commonDir);
  if (registration && isHalfMade(registration)) {
    rmSync(path, { recursive: true, force: true });
    rmSync(registration.adminDir, { recursive: true, force: true });
  } else if (registration) {
    await removeWorktree({ ...options, path, isForced: true });
  } else removeEmpty(path);
  for (const trace of findTraces(commonDir, path)) rmSync(trace, { recursive: true, force: true });
  if (tip) await deleteBranch({ root, branch, expectedSha: tip, onStart, env });
}

/**
 * Removes a work tree that was being made from a commit which still has it all, from any state
 * that a kill can leave; its branch stays. Throws `conflict` when there is more in it than that.
 */
export async function undoCheckout(
  options: Watched & { root: string; path: string; ownedRoot: string; commit: string },
): Promise<void> {
  const path = ownedPath(options.path, options.ownedRoot);
  const commonDir = commonDirOf(options.root);
  const registration = findRegistration(commonDir, path);
  if (registration) {
    repairLink(registration);
    const from = { ...options, baseSha: options.commit };
    if (existsSync(path)) await checkHalfMade(from, path, registration.adminDir);
    rmSync(path, { recursive: true, force: true });
    rmSync(registration.adminDir, { recursive: true, force: true });
  } else removeEmpty(path);
  for (const trace of findTraces(commonDir, path)) rmSync(trace, { recursive: true, force: true });
}

/**
 * Whether what is left of a work tree whose removal was cut off is all in a commit; files that git
 * ignores do not count. Restores its link, so that git finds its repository again.
 */
export async function isRemainder(
  root: string,
  path: string,
  commit: string,
  env?: Watched["env"],
): Promise<boolean> {
  const registration = findRegistration(commonDirOf(root), path);
  if (!registration || !existsSync(path)) return true;
  repairLink(registration);
  const which = ["--exclude-standard"];
  const from = { baseSha: commit, env };
  return (await findBeyond(from, path, registration.adminDir, which)) === undefined;
}

/** Throws `conflict` when a work tree is not as it was made, unless an escrow has it all. */
async function checkTree(
  options: UndoOptions,
  path: string,
  registration: Registration,
): Promise<void> {
  const { root, branch, env, escrow } = options;
  if (escrow) {
    const match = await matchesEscrow({ root, worktree: path, commit: escrow, env });
    const [first] = match.nested;
    const what = first ? `${first.path} (${first.work.join(", ")})` : match.difference;
    if (what) throw changed(path, `the escrow lacks ${what}`);
  } else if (isHalfMade(registration)) {
    await checkHalfMade(options, path, registration.adminDir);
  } else {
    const head = await headOf(path, { env });
    if (head.isDirty) throw changed(path, "it has uncommitted changes");
    if (head.branch !== branch) throw changed(path, `it is on ${head.branch ?? "no branch"}`);
    if (head.sha !== options.baseSha) throw changed(path, "it has commits");
    const nested = await inspectNested(path, await findNested(path), []);
    const work = nested.find((each) => each.work.length > 0);
    if (work) throw changed(path, `${work.path} has ${work.work.join(", ")}`);
  }
}

/**
 * Before its checkout is complete a work tree holds only what git wrote, so anything else was
 * changed by someone: whatever is neither missing, nor as in the base, nor the beginning of that.
 */
async function checkHalfMade(options: MadeFrom, path: string, adminDir: string): Promise<void> {
  const beyond = await findBeyond(options, path, adminDir);
  if (beyond) throw changed(path, beyond);
}

/** What a work tree, or a part of one, was made from. */
type MadeFrom = Pick<UndoOptions, "baseSha" | "env">;

/** What a work tree holds beyond a commit, in words; undefined when nothing. */
async function findBeyond(
  options: MadeFrom,
  path: string,
  adminDir: string,
  which: string[] = [],
): Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), "ao-undo-"));
  try {
    const env = { ...options.env, GIT_INDEX_FILE: join(directory, "index") };
    const here = ["--git-dir", join(adminDir, "..", ".."), "--work-tree", path, ...privately];
    const call = { at: path, env };
    await git([...here, "read-tree", options.baseSha], call);
    const untracked = splitNul(await git([...here, "ls-files", "-o", "-z", ...which], call));
    if (untracked[0]) return `it holds ${untracked[0]}`;
    const flags = ["--name-only", "--diff-filter=d", "--no-renames", "--no-ext-diff", "-z"];
    const differing = splitNul(await git([...here, "diff", ...flags], call));
    for (const file of differing) {
      await git([...here, "checkout-index", `--prefix=${directory}/whole/`, "--", file], call);
      if (isBeginning(join(path, file), join(directory, "whole", file))) continue;
      return `${file} differs from the base`;
    }
    return undefined;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function isBeginning(partial: string, whole: string): boolean {
  if (!lstatSync(partial).isFile() || !lstatSync(whole).isFile()) return false;
  const [part, all] = [readFileSync(partial), readFileSync(whole)];
  return part.length <= all.length && all.subarray(0, part.length).equals(part);
}

/**
 * The tip of the branch if `addWorktree` made it for this path, as its reflog tells; undefined
 * when there is none or it is someone else's. Throws `conflict` when it has commits of its own.
 */
async function findOwnBranch(options: UndoOptions, commonDir: string): Promise<string | undefined> {
  const { root, branch, baseSha, escrow } = options;
  await dropStaleLock(join(commonDir, `refs/heads/${branch}.lock`));
  const tip = await branchTip(root, branch);
  if (!tip) return undefined;
  const args = ["reflog", "show", "--format=%gs", `refs/heads/${branch}`, "--"];
  const reflog = (await tryGit(args, { at: root })).stdout.trimEnd().split("\n");
  if (reflog.at(-1) !== branchMark(options.path)) return undefined;
  const isKept = tip.sha === baseSha || (escrow && (await isAncestor(root, tip.sha, escrow)));
  if (!isKept) throw new AoError("conflict", `branch ${branch} has commits since it was made`);
  return tip.sha;
}

/**
 * A `git update-ref` that was killed leaves its lock. Whoever else could hold it is done within
 * milliseconds.
 */
export async function dropStaleLock(lock: string): Promise<void> {
  const deadline = Date.now() + 1000;
  while (existsSync(lock) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Where a file stands in place of a folder, even a forced removal of nothing fails.
  if (existsSync(lock)) rmSync(lock, { force: true });
}

/** An empty directory is what git makes first; one with content is not known to be ao's. */
function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return;
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOTDIR") throw error;
    throw changed(path, "git does not know it as a work tree");
  }
}

function changed(path: string, reason: string): AoError {
  return new AoError("conflict", `work tree \`${path}\` stays as it is: ${reason}`);
}
