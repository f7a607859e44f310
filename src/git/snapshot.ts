import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { complaint, git, type GitEnvironment, privately, splitNul, tryGit } from "./command.ts";
import { commonDirOf, gitDirOf } from "./layout.ts";

/** Everything in a work tree that git does not ignore, as trees. */
export interface Snapshot {
  /** Tree of the index as it was, or undefined while it holds conflicts. */
  indexTree?: string;
  /** Tree of the files: tracked ones and untracked ones that are not ignored. */
  tree: string;
  /** Untracked directories that are repositories of their own; not part of the tree. */
  nested: string[];
  /** Paths that are recorded as a commit of another repository: only that commit is kept. */
  submodules: string[];
  /** Why some file could not be read, in git's words. */
  missed?: string;
}

export interface SnapshotOptions {
  env?: GitEnvironment | undefined;
  /** False: the objects last only as long as the action and leave nothing in the repository. */
  isKept: boolean;
}

/**
 * Takes a snapshot of a work tree through a private copy of its index, so that nothing of the
 * user's changes, and runs an action with it. The environment given to the action reaches the
 * snapshot's objects. Line ends and filters are applied as `git add` would. Throws `failed`.
 */
export async function withSnapshot<T>(
  worktree: string,
  options: SnapshotOptions,
  action: (snapshot: Snapshot, env: GitEnvironment) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "ao-index-"));
  try {
    const objects = options.isKept ? {} : privateObjects(worktree, directory);
    const env = { ...options.env, ...objects };
    const index = copyIndex(worktree, directory);
    const snapshot = await buildTrees(worktree, { ...env, GIT_INDEX_FILE: index });
    return await action(snapshot, env);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function buildTrees(worktree: string, env: GitEnvironment): Promise<Snapshot> {
  const call = { at: worktree, env };
  const [entries, untracked] = await Promise.all([
    git([...privately, "ls-files", "-v", "-s", "-z"], call).then(parseEntries),
    git([...privately, "ls-files", "-o", "--exclude-standard", "-z"], call).then(splitNul),
  ]);
  const nested = untracked.filter((path) => path.endsWith("/")).map((path) => path.slice(0, -1));
  const indexTree = entries.hasConflict
    ? undefined
    : (await git([...privately, "write-tree"], call)).trim();
  await lookAgain(entries.assumed, worktree, env);
  const missed = await addAll(nested, worktree, env);
  const tree = (await git([...privately, "write-tree"], call)).trim();
  return {
    tree,
    nested,
    submodules: entries.submodules,
    ...(indexTree && { indexTree }),
    ...(missed && { missed }),
  };
}

interface Entries {
  hasConflict: boolean;
  submodules: string[];
  /** Paths that the user told git not to look at. */
  assumed: string[];
}

/** Reads `<tag> <mode> <object> <stage>\t<path>`; a lower-case tag is "assume unchanged". */
function parseEntries(listing: string): Entries {
  const entries: Entries = { hasConflict: false, submodules: [], assumed: [] };
  for (const line of splitNul(listing)) {
    const end = line.indexOf("\t");
    const [tag = "", mode, , stage] = line.slice(0, end).split(" ");
    const path = line.slice(end + 1);
    if (stage !== "0") entries.hasConflict = true;
    if (mode === "160000") entries.submodules.push(path);
    if (tag !== tag.toUpperCase()) entries.assumed.push(path);
  }
  return entries;
}

/** Work in a file that is marked "assume unchanged" is work all the same. */
async function lookAgain(paths: string[], worktree: string, env: GitEnvironment): Promise<void> {
  if (paths.length === 0) return;
  const args = [...privately, "update-index", "--no-assume-unchanged", "-z", "--stdin"];
  await git(args, { at: worktree, env, input: paths.join("\0") });
}

/**
 * Adds all files to the private index; returns what git said about those it could not read.
 * A nested repository is left out by name, since git refuses one that has no commit yet.
 */
async function addAll(
  nested: string[],
  worktree: string,
  env: GitEnvironment,
): Promise<string | undefined> {
  const args = [...privately, "add", "--all", "--sparse", "--ignore-errors"];
  const specs = [".", ...nested.map((path) => `:(top,exclude,literal)${path}`)];
  const result = await tryGit([...args, "--pathspec-from-file=-", "--pathspec-file-nul"], {
    at: worktree,
    env,
    input: specs.join("\0"),
  });
  return result.exitCode === 0 ? undefined : complaint(result) || `exit code ${result.exitCode}`;
}

function copyIndex(worktree: string, directory: string): string {
  const original = join(gitDirOf(worktree), "index");
  const copy = join(directory, "index");
  if (!existsSync(original)) return copy;
  copyFileSync(original, copy);
  // Git re-reads files that are as new as the index; an older time is the careful side of that.
  const seconds = Math.floor(statSync(original).mtimeMs / 1000);
  utimesSync(copy, seconds, seconds);
  return copy;
}

/** Objects go to a directory of their own that borrows from the repository's. */
function privateObjects(worktree: string, directory: string): GitEnvironment {
  const objects = join(directory, "objects");
  mkdirSync(objects);
  const shared = join(commonDirOf(worktree), "objects").replaceAll(/["\\]/g, "\\$&");
  return { GIT_OBJECT_DIRECTORY: objects, GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${shared}"` };
}
