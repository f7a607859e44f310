import { resolveCommit } from "./base.ts";
import { tryGit } from "./command.ts";

/**
 * The files in which merging two commits conflicts; empty when either is not known here, or git
 * is too old to tell (`merge-tree --write-tree` came with 2.38). Nothing is written to refs.
 */
export async function conflictingFiles(question: {
  root: string;
  ours: string;
  theirs: string;
}): Promise<string[]> {
  const { root, ours, theirs } = question;
  const known = await Promise.all([resolveCommit(root, ours), resolveCommit(root, theirs)]);
  if (known.some((sha) => sha === undefined)) return [];
  const flags = ["--write-tree", "--name-only", "--no-messages", "-z"];
  const result = await tryGit(["merge-tree", ...flags, ours, theirs], { at: root });
  if (result.exitCode !== 1) return [];
  const [_tree, ...files] = result.stdout.split("\0").filter(Boolean);
  return [...new Set(files)];
}
