import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { git, splitNul, tryGit, type Watched } from "./command.ts";
import { gitDirOf } from "./layout.ts";
import { dropStaleLock } from "./undo.ts";

/** A change of a clean work tree from one commit to another that may have been cut off. */
export interface HalfSwitch {
  worktree: string;
  env?: Watched["env"];
  from: string;
  to: string;
}

/**
 * Takes the files of a switch that was killed in the middle back to where it began; git itself
 * would take them for somebody's changes. The process that switched must have ended. Returns what
 * stands in the way when there are changes of somebody else; touches nothing then.
 */
export async function finishHalfSwitch(half: HalfSwitch): Promise<string | undefined> {
  const { worktree, env, from, to } = half;
  const at = { at: worktree, env };
  const head = (await git(["rev-parse", "HEAD"], at)).trim();
  if (head !== from || from === to) return undefined;
  // Git writes the files first, then the index, and HEAD last.
  const isIndexAt = async (commit: string) =>
    (await tryGit(["diff-index", "--cached", "--quiet", commit, "--"], at)).exitCode === 0;
  if (await isIndexAt(from)) return await restoreFiles(half);
  if (!(await isIndexAt(to))) return "somebody has staged changes";
  const back = await tryGit(["read-tree", "-m", "-u", to, from], at);
  return back.exitCode === 0 ? undefined : "somebody has changed files";
}

async function restoreFiles({ worktree, env, to }: HalfSwitch): Promise<string | undefined> {
  const at = { at: worktree, env };
  const [changed, added] = await Promise.all([
    git(["diff", "--name-only", "--no-ext-diff", "--no-renames", "-z"], at).then(splitNul),
    git(["ls-files", "--others", "--exclude-standard", "-z"], at).then(splitNul),
  ]);
  if (changed.length === 0 && added.length === 0) return undefined;
  const foreign = await findForeign({ worktree, env, to }, [...changed, ...added]);
  if (foreign !== undefined) return `somebody has changed ${foreign}`;
  // Only the switch can have left it, since its files are here without its index.
  await dropStaleLock(join(gitDirOf(worktree), "index.lock"));
  for (const path of added) rmSync(join(worktree, path));
  if (changed.length === 0) return undefined;
  await git(["checkout-index", "--force", "-z", "--stdin"], { ...at, input: nulList(changed) });
  return undefined;
}

/** The first of the paths that is not as the commit has it, nor the beginning of that. */
async function findForeign(
  { worktree, env, to }: Omit<HalfSwitch, "from">,
  paths: readonly string[],
): Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), "ao-switch-"));
  try {
    const call = { at: worktree, env: { ...env, GIT_INDEX_FILE: join(directory, "index") } };
    await git(["read-tree", to], call);
    const known = new Set(splitNul(await git(["ls-files", "-z"], call)));
    const input = nulList(paths.filter((path) => known.has(path)));
    const whole = join(directory, "whole/");
    await git(["checkout-index", `--prefix=${whole}`, "-z", "--stdin"], { ...call, input });
    return paths.find((path) => !isBeginning(join(worktree, path), join(whole, path)));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function nulList(paths: readonly string[]): string {
  return paths.map((path) => `${path}\0`).join("");
}

/** A file that is gone is the beginning of any, and of one that shall be gone. */
function isBeginning(partial: string, whole: string): boolean {
  if (!existsSync(partial)) return true;
  if (!existsSync(whole) || !lstatSync(partial).isFile() || !lstatSync(whole).isFile())
    return false;
  const [part, all] = [readFileSync(partial), readFileSync(whole)];
  return part.length <= all.length && all.subarray(0, part.length).equals(part);
}
