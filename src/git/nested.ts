import { type Dirent, existsSync, realpathSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

import { AoError, messageOf, systemCode } from "../error.ts";
import { privately, splitNul, tryGit } from "./command.ts";
import { gitDirOf } from "./layout.ts";

/** A repository inside a work tree whose content an escrow cannot hold. */
export interface Nested {
  /** Relative to the work tree. */
  path: string;
  /** What it holds that exists nowhere else, in words; empty when nothing. */
  work: string[];
}

/**
 * Looks into nested repositories and submodules, given by paths relative to the work tree.
 * Of a submodule git sees no file, so files in one that was never initialized count as well.
 */
export async function inspectNested(
  worktree: string,
  repositories: string[],
  submodules: string[],
): Promise<Nested[]> {
  const found: Nested[] = [];
  for (const path of new Set([...repositories, ...submodules])) {
    const work = await workIn(worktree, path);
    const isStray = !work && submodules.includes(path) && (await hasFiles(join(worktree, path)));
    found.push({ path, work: isStray ? ["files outside any repository"] : (work ?? []) });
  }
  return found;
}

/**
 * Finds every repository below a work tree, also where git ignores it and inside one another,
 * by reading all directories. Returns paths relative to the work tree. Throws `failed`.
 */
export async function findNested(worktree: string): Promise<string[]> {
  const found: string[] = [];
  const pending = [worktree];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const entries = await list(directory);
    const isRepository = entries.some((entry) => entry.name === ".git");
    if (isRepository && directory !== worktree) found.push(relative(worktree, directory));
    for (const entry of entries) {
      if (entry.isDirectory() && entry.name !== ".git") pending.push(join(directory, entry.name));
    }
  }
  return found.sort();
}

/** A directory that vanished meanwhile is empty; in one that cannot be read work could hide. */
async function list(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw new AoError("failed", `directory \`${directory}\` cannot be read`, undefined, {
      cause: error,
    });
  }
}

/** What one nested repository holds, or undefined when there is no repository at the path. */
async function workIn(worktree: string, path: string): Promise<string[] | undefined> {
  const at = join(worktree, path);
  const directories = await askDirectories(at);
  if (typeof directories === "string") return [directories];
  if (directories === undefined) return undefined;
  const flags = ["--porcelain", "-z", "--no-renames", "--untracked-files=normal"];
  const args = [...privately, "status", ...flags];
  const status = await tryGit(args, { at });
  if (status.exitCode !== 0) return ["a state that git cannot read"];
  const changes = splitNul(status.stdout).length;
  const isLostToo = isInside(directories.common, [worktree, gitDirOf(worktree)]);
  const commits = await countCommits(at, isLostToo);
  const where = isLostToo ? "remote" : "branch";
  return [
    ...(changes > 0 ? [`uncommitted changes (${changes})`] : []),
    ...(commits === undefined ? ["commits that git cannot count"] : []),
    ...(commits ? [`commits that are on no ${where} (${commits})`] : []),
  ];
}

/**
 * Undefined when there is no repository right here (git would answer for the one around it); a
 * text when git cannot tell.
 */
async function askDirectories(at: string): Promise<{ common: string } | string | undefined> {
  if (!existsSync(join(at, ".git"))) return undefined;
  const args = ["rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir"];
  const result = await tryGit(args, { at });
  const [top, common] = result.stdout.split("\n");
  if (result.exitCode !== 0 || !top || !common) return "a repository that git cannot read";
  return realpathSync(top) === realpathSync(at) ? { common: realpathSync(common) } : undefined;
}

/**
 * Commits that would be lost: those on no remote, when the nested repository's own objects go
 * too; those of a detached HEAD, when it is a work tree of a repository that stays.
 */
async function countCommits(at: string, isLostToo: boolean): Promise<number | undefined> {
  const head = await tryGit(["rev-parse", "-q", "--verify", "HEAD"], { at });
  const hasHead = head.exitCode === 0 ? ["HEAD"] : [];
  const revisions = isLostToo
    ? ["--exclude=refs/tags/*", "--all", ...hasHead, "--not", "--remotes"]
    : [...hasHead, "--not", "--branches", "--tags", "--remotes"];
  if (!isLostToo && hasHead.length === 0) return 0;
  const result = await tryGit(["rev-list", "--count", ...revisions], { at });
  return result.exitCode === 0 ? Number(result.stdout) : undefined;
}

async function hasFiles(at: string): Promise<boolean> {
  try {
    return (await readdir(at)).length > 0;
  } catch (error) {
    // A submodule whose directory was deleted, or became a file, holds nothing.
    return !/ENOENT|ENOTDIR/.test(messageOf(error));
  }
}

function isInside(path: string, directories: string[]): boolean {
  return directories.some((each) => (path + sep).startsWith(realpathSync(each) + sep));
}
