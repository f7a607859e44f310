import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { isAbsolute, join } from "node:path";

import { checkBranchName } from "../domain/branch.ts";
import { AoError } from "../error.ts";
import { deleteBranch, explainBranchFailure } from "./branch.ts";
import { complaint, git, gitFailure, splitNul, tryGit, type Watched } from "./command.ts";
import { commonDirOf, gitDirOf, readText } from "./layout.ts";
import { findRegistration, isHalfMade, ownedPath, repairLink } from "./registration.ts";

export interface WorktreePlace extends Watched {
  /** The main work tree. */
  root: string;
  /** Absolute path of the linked work tree. */
  path: string;
}

/**
 * Creates a branch at a commit and a work tree on it; the branch tracks nothing. The reflog of the
 * branch names the path, which is how an undo knows it for its own. Throws `usage` for names that
 * git or a program would misread, `conflict` when branch or path are taken, `failed`.
 */
export async function addWorktree(
  options: WorktreePlace & { branch: string; baseSha: string; isEmpty?: boolean },
): Promise<void> {
  const { root, path, baseSha, onStart, signal, env } = options;
  const branch = checkBranchName(options.branch);
  const call = { at: root, onStart, signal, env };
  checkPath(path);
  const ref = `refs/heads/${branch}`;
  const none = "0".repeat(baseSha.length);
  const create = ["update-ref", "--create-reflog", "-m", branchMark(path), ref, baseSha, none];
  const created = await tryGit(create, call);
  if (created.exitCode !== 0) throw await explainBranchFailure(root, branch, create, created);
  const add = ["worktree", "add", "--quiet", ...(options.isEmpty ? ["--no-checkout"] : [])];
  const added = await tryGit([...add, "--", path, branch], call);
  if (added.exitCode === 0) return;
  // A child that was killed may have left half a work tree on the branch: that is for the undo.
  if (added.exitCode === null) throw gitFailure(add, added);
  // Git removes what it could not complete, so here only the person's post-checkout hook failed.
  if (isCompleteOn(root, path, ref)) return;
  await deleteBranch({ root, branch, expectedSha: baseSha, onStart });
  throw addFailure(path, complaint(added)) ?? gitFailure(add, added);
}

/** Whether a complete work tree stands at the path on that very ref. */
function isCompleteOn(root: string, path: string, ref: string): boolean {
  const registration = findRegistration(commonDirOf(root), path);
  if (!registration || isHalfMade(registration)) return false;
  return readText(join(registration.adminDir, "HEAD"))?.trim() === `ref: ${ref}`;
}

/** The text in the reflog of a branch that was made for a work tree. */
export function branchMark(path: string): string {
  return `ao: made for ${path.replaceAll(/\p{Cc}/gu, " ")}`;
}

/**
 * Brings a work tree back whose directory is gone, on a branch that exists; a complete one is
 * left as it is. Only this path's own stale registration is dropped. Throws `conflict` when the
 * path is taken, locked, or the branch is checked out elsewhere; `not_found`; `failed`.
 */
export async function checkoutWorktree(
  options: WorktreePlace & { branch: string; isEmpty?: boolean },
): Promise<void> {
  const { root, path, onStart, signal, env } = options;
  const branch = checkBranchName(options.branch);
  const call = { at: root, onStart, signal, env };
  checkPath(path);
  const registration = findRegistration(commonDirOf(root), path);
  if (registration && isHalfMade(registration)) {
    throw new AoError("conflict", `work tree \`${path}\` was left half made`);
  }
  const isEmpty = existsSync(path) && readdirSync(path).length === 0;
  if (registration && isEmpty) rmdirSync(path);
  else if (registration && existsSync(path)) return repairLink(registration);
  if (registration) await git(["worktree", "remove", "--", path], call);
  const bare = options.isEmpty ? ["--no-checkout"] : [];
  const add = ["worktree", "add", "--quiet", ...bare, "--", path, branch];
  const exists = ["show-ref", "--verify", "--quiet", "--", `refs/heads/${branch}`];
  if ((await tryGit(exists, { at: root })).exitCode !== 0) {
    throw new AoError("not_found", `branch ${branch} not found`, "ao recover ls");
  }
  const added = await tryGit(add, call);
  if (added.exitCode !== 0) throw addFailure(path, complaint(added)) ?? gitFailure(add, added);
}

export interface ListedWorktree {
  path: string;
  /** Commit of HEAD; absent for a bare main repository. */
  sha?: string;
  /** Absent when HEAD is detached. */
  branch?: string;
  isLocked: boolean;
  /** The directory is gone. */
  isMissing: boolean;
}

/** All work trees of a repository, the main one first. Throws `failed`. */
export async function listWorktrees(root: string): Promise<ListedWorktree[]> {
  const listing = await git(["worktree", "list", "--porcelain"], { at: root });
  return listing.trimEnd().split("\n\n").map(parseListed);
}

/** Whether git knows a path as a linked work tree of this repository. Costs no process. */
export function isRegistered(root: string, path: string): boolean {
  return findRegistration(commonDirOf(root), path) !== undefined;
}

/**
 * Removes a linked work tree inside a directory of ao's; one that is gone already is no error.
 * Without `isForced` git refuses when anything in it is uncommitted. Ignored files go with it.
 * Throws `conflict` when git refuses, for a path outside `ownedRoot`, and for a directory that
 * is not registered, which is never deleted.
 */
export async function removeWorktree(
  options: WorktreePlace & { ownedRoot: string; isForced?: boolean },
): Promise<void> {
  const { root, onStart, signal, env } = options;
  const path = ownedPath(options.path, options.ownedRoot);
  const registration = findRegistration(commonDirOf(root), path);
  if (!registration) {
    if (!existsSync(path)) return;
    throw new AoError("conflict", `\`${path}\` is not a work tree of \`${root}\`, so it stays`);
  }
  // A removal that was cut off may have deleted the link first.
  if (options.isForced) repairLink(registration);
  const args = ["worktree", "remove", ...(options.isForced ? ["--force"] : []), "--", path];
  const result = await tryGit(args, { at: root, onStart, signal, env });
  if (result.exitCode !== 0) throw gitFailure(args, result, "conflict");
}

/** Where a work tree stands. */
export interface Head {
  sha: string;
  /** Absent when HEAD is detached. */
  branch?: string;
  /** Staged, unstaged or untracked (not ignored) changes. */
  isDirty: boolean;
}

/** HEAD, branch and cleanliness of a work tree, from one process. Throws `not_found`, `failed`. */
export async function headOf(worktree: string, options: Watched = {}): Promise<Head> {
  // With its link gone, git would answer for a repository around it.
  gitDirOf(worktree);
  const args = ["status", "--porcelain=v2", "--branch", "--no-ahead-behind", "-z"];
  const fields = splitNul(await git(args, { at: worktree, ...options }));
  const value = (name: string) =>
    fields.find((field) => field.startsWith(`# ${name} `))?.slice(name.length + 3);
  const branch = value("branch.head");
  return {
    sha: value("branch.oid") ?? "",
    ...(branch && branch !== "(detached)" ? { branch } : {}),
    isDirty: fields.some((field) => !field.startsWith("# ")),
  };
}

function parseListed(block: string): ListedWorktree {
  const lines = block.split("\n");
  const value = (name: string) =>
    lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  const path = value("worktree") ?? "";
  const [sha, branch] = [value("HEAD"), value("branch")?.replace(/^refs\/heads\//, "")];
  return {
    path,
    ...(sha && { sha }),
    ...(branch && { branch }),
    isLocked: lines.some((line) => /^locked( |$)/.test(line)),
    isMissing: !existsSync(path),
  };
}

/** The refusals of `git worktree add` that a person can do something about. */
function addFailure(path: string, said: string): AoError | undefined {
  if (existsSync(path) && readdirSync(path).length > 0) {
    return new AoError("conflict", `\`${path}\` exists already and is not empty`);
  }
  return /already (checked out|used|registered|exists)/.test(said)
    ? new AoError("conflict", said, "git worktree list")
    : undefined;
}

function checkPath(path: string): void {
  if (!isAbsolute(path) || /\p{Cc}/u.test(path)) {
    throw new AoError("usage", `work tree path ${JSON.stringify(path)} is not an absolute path`);
  }
}
