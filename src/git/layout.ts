import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { AoError, systemCode } from "../error.ts";

/**
 * The git directory of one work tree: `.git`, or what a `.git` file points to
 * (gitrepository-layout(5)). It is read without a process. Throws `not_found` when there is none.
 */
export function gitDirOf(worktree: string): string {
  const entry = join(worktree, ".git");
  const stat = statSync(entry, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return realpathSync(entry);
  const target = stat && /^gitdir: (.+)$/m.exec(readFileSync(entry, "utf8"))?.[1];
  if (!target || !existsSync(resolve(worktree, target))) {
    throw new AoError("not_found", `\`${worktree}\` is not a work tree of git`);
  }
  return realpathSync(resolve(worktree, target));
}

/** The git directory that all work trees of a repository share. Throws `not_found`. */
export function commonDirOf(worktree: string): string {
  const gitDir = gitDirOf(worktree);
  const shared = readText(join(gitDir, "commondir"))?.trim();
  return shared ? realpathSync(resolve(gitDir, shared)) : gitDir;
}

/**
 * Whether a repository has refs below a prefix such as `refs/heads/ao/shop-1/`; read without a
 * process, so a repository that keeps its refs otherwise (reftable) seems to have none.
 */
export function hasRefsBelow(root: string, prefix: string): boolean {
  const commonDir = commonDirOf(root);
  const folder = join(commonDir, prefix);
  if (existsSync(folder) && readdirSync(folder).length > 0) return true;
  return readText(join(commonDir, "packed-refs"))?.includes(` ${prefix}`) ?? false;
}

/** The real path of something that may not exist yet: that of its nearest ancestor, continued. */
export function realPathOf(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch (error) {
    const isMissing = /^ENO(ENT|TDIR)$/.test(systemCode(error) ?? "");
    if (!isMissing || dirname(absolute) === absolute) throw error;
    return join(realPathOf(dirname(absolute)), absolute.slice(dirname(absolute).length));
  }
}

/** The content of a small text file, or undefined when there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
