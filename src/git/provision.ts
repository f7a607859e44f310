import { constants, existsSync, lstatSync, mkdirSync } from "node:fs";
import { copyFile, readlink, symlink } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, sep } from "node:path";

import { AoError, messageOf, systemCode } from "../error.ts";
import { git, splitNul, tryGit, type Watched } from "./command.ts";

export interface ProvisionOptions extends Watched {
  /** The main work tree, where the files come from. */
  root: string;
  worktree: string;
  /** Paths relative to both work trees that become links into the main one. */
  symlinks?: string[] | undefined;
}

export interface Provisioned {
  /** Paths relative to the work tree. */
  copied: string[];
  linked: string[];
  /** What was asked for and not done, with the reason in words. */
  skipped: { path: string; reason: string }[];
}

/**
 * Brings what git ignores, but a work tree needs, from the main work tree into a new one: copies
 * of ignored files that `.worktreeinclude` (gitignore(5) patterns) matches, sharing their blocks
 * where the file system can, and symbolic links. Nothing that exists is overwritten, nothing is
 * written through a link. Without either it costs no process. Throws `usage` for a path in
 * `symlinks` that leaves the repository, `failed`.
 */
export async function provision(options: ProvisionOptions): Promise<Provisioned> {
  const links = (options.symlinks ?? []).map(checkRelative);
  const result: Provisioned = { copied: [], linked: [], skipped: [] };
  if (existsSync(join(options.root, includeFile))) {
    await copyAll(options, await includedFiles(options), result);
  }
  for (const path of links) await linkOne(options, path, result);
  return result;
}

const includeFile = ".worktreeinclude";

/** Untracked files that the patterns match and that git ignores as well. */
async function includedFiles({ root, env, onStart, signal }: ProvisionOptions): Promise<string[]> {
  const call = { at: root, env, onStart, signal };
  const list = ["ls-files", "-z", "--others", "--ignored", `--exclude-from=${includeFile}`];
  const matched = splitNul(await git(list, call));
  if (matched.length === 0) return [];
  const args = ["check-ignore", "-z", "--stdin"];
  // Exit code 1 says that none of them is ignored.
  const ignored = await tryGit(args, { ...call, input: matched.join("\0") });
  return splitNul(ignored.stdout);
}

async function copyAll(
  options: ProvisionOptions,
  paths: string[],
  result: Provisioned,
): Promise<void> {
  const atOnce = 32;
  for (let start = 0; start < paths.length; start += atOnce) {
    const batch = paths.slice(start, start + atOnce);
    await Promise.all(batch.map((path) => copyOne(options, path, result)));
  }
}

async function copyOne(
  { root, worktree }: ProvisionOptions,
  path: string,
  result: Provisioned,
): Promise<void> {
  if (path.endsWith("/")) {
    result.skipped.push({ path, reason: "it is a repository of its own" });
    return;
  }
  const [source, target] = [join(root, path), join(worktree, path)];
  const reason = prepare(worktree, path) ?? (await copyEntry(source, target));
  if (reason) result.skipped.push({ path, reason });
  else result.copied.push(path);
}

/** Copies a file, or a link as the link that it is; returns why not. */
async function copyEntry(source: string, target: string): Promise<string | undefined> {
  try {
    const stat = lstatSync(source);
    if (stat.isSymbolicLink()) await symlink(await readlink(source), target);
    else if (!stat.isFile()) return "it is not a file";
    else await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    return undefined;
  } catch (error) {
    return systemCode(error) === "EEXIST" ? existsAlready : messageOf(error);
  }
}

async function linkOne(
  { root, worktree }: ProvisionOptions,
  path: string,
  result: Provisioned,
): Promise<void> {
  const source = join(root, path);
  const reason = existsSync(source)
    ? (prepare(worktree, path) ?? (await linkEntry(source, join(worktree, path))))
    : "it does not exist in the main work tree";
  if (reason) result.skipped.push({ path, reason });
  else result.linked.push(path);
}

async function linkEntry(source: string, target: string): Promise<string | undefined> {
  try {
    await symlink(source, target);
    return undefined;
  } catch (error) {
    return systemCode(error) === "EEXIST" ? existsAlready : messageOf(error);
  }
}

const existsAlready = "it exists already";

/** Makes the parent directories, unless one is a link that could lead out; returns why not. */
function prepare(worktree: string, path: string): string | undefined {
  const parents = dirname(path)
    .split(sep)
    .filter((part) => part !== ".");
  let directory = worktree;
  for (const part of parents) {
    directory = join(directory, part);
    const stat = lstatSync(directory, { throwIfNoEntry: false });
    if (stat && !stat.isDirectory()) return `\`${part}\` on its path is not a directory`;
  }
  mkdirSync(directory, { recursive: true });
  return undefined;
}

function checkRelative(path: string): string {
  const clean = normalize(path).replace(/\/+$/, "");
  const isOutside = isAbsolute(clean) || clean.split(sep).includes("..");
  const isGit = clean.split(sep)[0] === ".git";
  if (isOutside || isGit || clean === "" || clean === "." || /\p{Cc}/u.test(clean)) {
    throw new AoError("usage", `symlink ${JSON.stringify(path)} is not a path in the repository`);
  }
  return clean;
}
