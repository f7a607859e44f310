import { branchTip } from "./branch.ts";
import { git, type GitEnvironment, tryGit } from "./command.ts";
import { findNested, inspectNested, type Nested } from "./nested.ts";
import { readEscrow } from "./recover.ts";
import { withSnapshot } from "./snapshot.ts";

export interface EscrowMatch {
  /** Files, untracked files, index and commits of the work tree are all in the escrow. */
  isSame: boolean;
  /** What differs, in words. */
  difference?: string;
  /** Nested repositories and submodules with work that exists nowhere else. */
  nested: Nested[];
}

export interface MatchOptions {
  root: string;
  worktree: string;
  /** Commit or ref of the escrow. */
  commit: string;
  /** Branches that are about to be deleted: their commits must be in the escrow too. */
  branches?: string[];
  env?: GitEnvironment | undefined;
}

/**
 * Whether a work tree could be removed without losing anything, given an escrow of it. Nested
 * repositories are found wherever they are, ignored directories included. Nothing is written.
 * Throws `not_found`, `usage`, `failed`.
 */
export async function matchesEscrow(options: MatchOptions): Promise<EscrowMatch> {
  const { root, worktree, env } = options;
  const escrow = await readEscrow(root, options.commit);
  return withSnapshot(worktree, { env, isKept: false }, async (snapshot) => {
    const hidden = await findNested(worktree);
    const inspected = await inspectNested(worktree, hidden, snapshot.submodules);
    const nested = inspected.filter((each) => each.work.length > 0);
    const [tree, index] = await treesOf(root, escrow.commit, escrow.index);
    const difference =
      (snapshot.missed && `files that cannot be read (${snapshot.missed})`) ??
      (snapshot.tree === tree ? undefined : "files") ??
      (snapshot.indexTree === index ? undefined : "the index") ??
      (await findLostCommits(options, escrow.commit));
    return { isSame: difference === undefined, ...(difference && { difference }), nested };
  });
}

async function treesOf(root: string, commit: string, index: string | undefined) {
  const names = [commit, ...(index ? [index] : [])].map((name) => `${name}^{tree}`);
  return (await git(["rev-parse", ...names], { at: root })).trim().split("\n");
}

async function findLostCommits(
  { root, worktree, branches = [] }: MatchOptions,
  escrow: string,
): Promise<string | undefined> {
  const head = await tryGit(["rev-parse", "-q", "--verify", "HEAD"], { at: worktree });
  const tips = [{ name: "HEAD", sha: head.stdout.trim() }];
  for (const name of branches) {
    tips.push({ name: `branch ${name}`, sha: (await branchTip(root, name))?.sha ?? "" });
  }
  for (const { name, sha } of tips) {
    if (sha && !(await isAncestor(root, sha, escrow))) return `commits of ${name}`;
  }
  return undefined;
}

/** Whether one commit is contained in another. Throws `failed`. */
export async function isAncestor(root: string, commit: string, other: string): Promise<boolean> {
  const args = ["merge-base", "--is-ancestor", commit, other];
  return (await tryGit(args, { at: root })).exitCode === 0;
}
