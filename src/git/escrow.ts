import { join } from "node:path";

import { AoError } from "../error.ts";
import { git, type GitEnvironment, privately, tryGit, type Watched } from "./command.ts";
import { describeEscrow, type EscrowFacts } from "./escrow-message.ts";
import { gitDirOf, readText } from "./layout.ts";
import { inspectNested, type Nested } from "./nested.ts";
import { type Snapshot, withSnapshot } from "./snapshot.ts";

export interface EscrowOptions extends Watched {
  root: string;
  worktree: string;
  sessionId: string;
  /** Why it is taken, for a person who finds it later. */
  reason: string;
  /** The commit that the session started from. */
  base?: string | undefined;
  /** Branches of the session besides those under `ao/<session>/`, whose commits are kept too. */
  branches?: string[] | undefined;
}

export interface Escrow {
  /** `refs/ao/escrow/<session>/<n>`. */
  ref: string;
  number: number;
  commit: string;
  /** Nothing was staged, changed or untracked. */
  isClean: boolean;
  /** False while the index held conflicts, so that only the files were kept. */
  hasIndex: boolean;
  /** Repositories inside the work tree, whose content is not part of the escrow. */
  nested: Nested[];
  /** Why some file could not be read, in git's words. */
  missed?: string;
}

/**
 * Keeps index, files and untracked (not ignored) files of a work tree as a commit that no branch
 * needs. First parent is HEAD, second the index, then commits that only the session's branches or
 * an unfinished merge or rebase hold. An unchanged work tree keeps its latest escrow. Nothing of
 * the user's index, stash, hooks or configuration is touched. Throws `failed`, `usage`.
 */
export async function takeEscrow(options: EscrowOptions): Promise<Escrow> {
  const { worktree, sessionId, env } = options;
  checkSession(sessionId);
  return withSnapshot(worktree, { env, isKept: true }, async (snapshot) => {
    const head = await readHead(worktree);
    const [nested, refs, indexCommit] = await Promise.all([
      inspectNested(worktree, snapshot.nested, snapshot.submodules),
      readRefs(options),
      snapshot.indexTree && commitIndex(worktree, snapshot.indexTree, head.sha),
    ]);
    const isClean = snapshot.tree === head.tree && snapshot.indexTree === head.tree;
    const extra = await unreachable(worktree, head.sha, [...refs.tips, ...pendingHeads(worktree)]);
    const parents = [head.sha, ...(indexCommit ? [indexCommit] : []), ...extra];
    const facts = { isClean, hasIndex: indexCommit !== undefined, nested };
    const result = { ...facts, ...(snapshot.missed && { missed: snapshot.missed }) };
    const identity = [snapshot.tree, parents.join(" "), head.branch ?? ""].join("\n");
    const same = refs.escrows.find((each) => each.identity === identity);
    if (same) return { ref: same.ref, number: same.number, commit: same.commit, ...result };
    const message = await writeMessage(options, snapshot, head, result);
    const commit = await commitTree(worktree, snapshot.tree, parents, message);
    const last = Math.max(0, ...refs.escrows.map((each) => each.number));
    return { ...(await keep(options, commit, last + 1)), commit, ...result };
  });
}

/** The trailer values and the number of files, as a commit message. */
async function writeMessage(
  options: EscrowOptions,
  snapshot: Snapshot,
  head: HeadFacts,
  { hasIndex, nested }: Pick<Escrow, "hasIndex" | "nested">,
): Promise<string> {
  const args = ["diff-tree", "-r", "-z", "--name-only", head.sha, snapshot.tree];
  const files = (await git(args, { at: options.worktree })).split("\0").length - 1;
  const facts: EscrowFacts = {
    session: options.sessionId,
    worktree: options.worktree,
    reason: options.reason,
    hasIndex,
    files,
    nested: nested.map((each) => each.path),
    ...(head.branch && { branch: head.branch }),
    ...(options.base && { base: options.base }),
    ...(snapshot.missed && { missed: snapshot.missed }),
  };
  return describeEscrow(facts);
}

interface HeadFacts {
  sha: string;
  tree: string;
  branch?: string;
}

async function readHead(worktree: string): Promise<HeadFacts> {
  const [answer, symbolic] = await Promise.all([
    tryGit(["rev-parse", "-q", "--verify", "HEAD"], { at: worktree }),
    tryGit(["symbolic-ref", "-q", "HEAD"], { at: worktree }),
  ]);
  const branch = symbolic.stdout.trim().replace(/^refs\/heads\//, "");
  const sha = answer.exitCode === 0 ? answer.stdout.trim() : await commitNothing(worktree);
  const tree = (await git(["rev-parse", `${sha}^{tree}`], { at: worktree })).trim();
  return { sha, tree, ...(branch && { branch }) };
}

/** A branch without a commit (`git switch --orphan`) stands on an empty one in the escrow. */
async function commitNothing(worktree: string): Promise<string> {
  const tree = (await git(["mktree"], { at: worktree, input: "" })).trim();
  return commitTree(worktree, tree, [], "ao: nothing yet\n", epoch);
}

/** The same index on the same HEAD is always the same commit, so an escrow can be compared. */
function commitIndex(worktree: string, tree: string, head: string): Promise<string> {
  return commitTree(worktree, tree, [head], "ao: the index of an escrow\n", epoch);
}

const epoch = "@0 +0000";

async function commitTree(
  worktree: string,
  tree: string,
  parents: string[],
  message: string,
  date?: string,
): Promise<string> {
  const env: GitEnvironment = {
    GIT_AUTHOR_NAME: "ao",
    GIT_AUTHOR_EMAIL: "ao@localhost",
    GIT_COMMITTER_NAME: "ao",
    GIT_COMMITTER_EMAIL: "ao@localhost",
    ...(date && { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }),
  };
  const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"];
  const call = { at: worktree, env, input: message };
  return (await git([...privately, ...args], call)).trim();
}

interface KnownRefs {
  /** Commits of the session's branches. */
  tips: string[];
  escrows: { ref: string; number: number; commit: string; identity: string }[];
}

async function readRefs({ root, sessionId, branches = [] }: EscrowOptions): Promise<KnownRefs> {
  const prefix = `refs/ao/escrow/${sessionId}/`;
  const patterns = [prefix, `refs/heads/ao/${sessionId}/`];
  const named = branches.map((branch) => `refs/heads/${branch}`);
  const body = "%(contents:trailers:key=Ao-Branch,valueonly)";
  const format = `--format=%(refname)%00%(objectname)%00%(tree)%00%(parent)%00${body}%01`;
  const listing = await git(["for-each-ref", format, ...patterns, ...named], { at: root });
  const known: KnownRefs = { tips: [], escrows: [] };
  for (const record of listing.split("\x01\n")) {
    const [ref, commit, tree, parents, branch = ""] = record.split("\0");
    if (!ref || !commit) continue;
    if (!ref.startsWith(prefix)) known.tips.push(commit);
    else {
      const identity = [tree, parents, branch.trim()].join("\n");
      known.escrows.push({ ref, commit, identity, number: Number(ref.slice(prefix.length)) });
    }
  }
  return known;
}

/** Commits that an unfinished merge, cherry-pick, revert or rebase will need to go on. */
function pendingHeads(worktree: string): string[] {
  const gitDir = gitDirOf(worktree);
  const names = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD"];
  const files = [...names, "rebase-merge/orig-head", "rebase-apply/orig-head"];
  const text = files.map((name) => readText(join(gitDir, name)) ?? "").join("\n");
  return text.split("\n").filter((line) => /^[0-9a-f]{40,64}$/.test(line));
}

/** Those of the commits that HEAD does not keep alive, and that another one of them does not. */
async function unreachable(worktree: string, head: string, commits: string[]): Promise<string[]> {
  const others = [...new Set(commits)].filter((commit) => commit !== head);
  if (others.length === 0) return [];
  const args = ["merge-base", "--independent", head, ...others];
  const independent = (await git(args, { at: worktree })).split("\n");
  return others.filter((commit) => independent.includes(commit));
}

/** Gives the commit the next free number; another process may take one at the same time. */
async function keep(
  { root, sessionId, onStart }: EscrowOptions,
  commit: string,
  first: number,
): Promise<{ ref: string; number: number }> {
  const none = "0".repeat(commit.length);
  for (let number = first; ; number++) {
    const ref = `refs/ao/escrow/${sessionId}/${number}`;
    const args = [...privately, "update-ref", ref, commit, none];
    const result = await tryGit(args, { at: root, onStart });
    if (result.exitCode === 0) return { ref, number };
    if (number - first >= 20) {
      throw new AoError("failed", `escrow of ${sessionId} cannot be kept: ${result.stderr.trim()}`);
    }
  }
}

function checkSession(sessionId: string): void {
  if (/^[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*$/u.test(sessionId) && !sessionId.endsWith(".lock"))
    return;
  throw new AoError("usage", `session id ${JSON.stringify(sessionId)} cannot name an escrow`);
}
