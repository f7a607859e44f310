import { resolveCommit } from "./base.ts";
import { git, type GitEnvironment, tryGit } from "./command.ts";

export interface MergedQuestion {
  root: string;
  /** Commit or branch whose work is looked for. */
  commit: string;
  /** Commit or branch that it may have gone into. */
  into: string;
}

/**
 * Whether the work of a branch is in another one: by its commits, or by content after a rebase
 * (same patches), a squash (one patch equal to the whole) or any merge that leaves nothing to
 * bring over (same tree). False when git cannot tell.
 */
export async function isMergedByContent(question: MergedQuestion): Promise<boolean> {
  const { root } = question;
  const [commit, into] = await Promise.all([
    resolveCommit(root, question.commit),
    resolveCommit(root, question.into),
  ]);
  if (!commit || !into) return false;
  const contained = await tryGit(["merge-base", "--is-ancestor", commit, into], { at: root });
  if (contained.exitCode === 0) return true;
  return (
    (await hasEveryPatch(root, commit, into)) ||
    (await hasWholePatch(root, commit, into)) ||
    (await addsNothing(root, commit, into))
  );
}

/** A merge commit has no patch of its own, so a branch with one is judged as a whole instead. */
async function hasEveryPatch(root: string, commit: string, into: string): Promise<boolean> {
  const range = ["rev-list", "--count", "--merges", commit, `^${into}`];
  if (Number(await git(range, { at: root })) > 0) return false;
  return isAllKnown(root, into, commit);
}

/** Compares the branch squashed into one commit, which no ref ever names. */
async function hasWholePatch(root: string, commit: string, into: string): Promise<boolean> {
  const base = await tryGit(["merge-base", into, commit], { at: root });
  if (base.exitCode !== 0) return false;
  const args = ["commit-tree", `${commit}^{tree}`, "-p", base.stdout.trim(), "-m", "ao: squashed"];
  const squashed = await git(args, { at: root, env: fixedIdentity });
  return isAllKnown(root, into, squashed.trim());
}

/** The same commit each time, so that asking often leaves one object behind. */
const fixedIdentity: GitEnvironment = {
  GIT_AUTHOR_NAME: "ao",
  GIT_AUTHOR_EMAIL: "ao@localhost",
  GIT_AUTHOR_DATE: "@0 +0000",
  GIT_COMMITTER_NAME: "ao",
  GIT_COMMITTER_EMAIL: "ao@localhost",
  GIT_COMMITTER_DATE: "@0 +0000",
};

/** `git cherry` marks a commit with `-` when the other side has an equal patch. */
async function isAllKnown(root: string, into: string, commit: string): Promise<boolean> {
  const result = await tryGit(["cherry", into, commit], { at: root });
  const lines = result.stdout.split("\n").filter(Boolean);
  return result.exitCode === 0 && lines.length > 0 && lines.every((line) => line.startsWith("-"));
}

/** Merges without a work tree; git before 2.38 cannot, and then it is no proof. */
async function addsNothing(root: string, commit: string, into: string): Promise<boolean> {
  const [merged, tree] = await Promise.all([
    tryGit(["merge-tree", "--write-tree", "--no-messages", into, commit], { at: root }),
    git(["rev-parse", `${into}^{tree}`], { at: root }),
  ]);
  return merged.exitCode === 0 && merged.stdout.trim() === tree.trim();
}
