import { join } from "node:path";

import { AoError } from "../error.ts";
import type { RunResult } from "../process/run.ts";
import { git, gitFailure, tryGit, type Watched } from "./command.ts";
import { commonDirOf, readText } from "./layout.ts";

/**
 * Deletes a branch if it still points to a commit; one that is gone already is no error.
 * Throws `conflict` when it moved or is checked out somewhere, `failed`.
 */
export async function deleteBranch(
  options: Watched & { root: string; branch: string; expectedSha: string },
): Promise<void> {
  const { root, branch, expectedSha, onStart, env } = options;
  const tip = await branchTip(root, branch);
  if (!tip) return;
  if (tip.sha !== expectedSha) {
    const short = tip.sha.slice(0, 12);
    throw new AoError(
      "conflict",
      `branch ${branch} is at ${short}, not ${expectedSha.slice(0, 12)}`,
    );
  }
  if (tip.worktree) {
    throw new AoError("conflict", `branch ${branch} is checked out at \`${tip.worktree}\``);
  }
  await git(["update-ref", "-d", `refs/heads/${branch}`, expectedSha], { at: root, onStart, env });
  await dropBranchConfig(root, branch);
}

/** Sets one `branch.<name>.<key>`. To be called under the repository's lock. Throws `failed`. */
export async function setBranchConfig(
  root: string,
  branch: string,
  key: string,
  value: string,
): Promise<void> {
  await changeConfig(root, ["--replace-all", `branch.${branch}.${key}`, value]);
}

/** What was set for a branch goes with it, as with `git branch --delete`. */
async function dropBranchConfig(root: string, branch: string): Promise<void> {
  const config = readText(join(commonDirOf(root), "config")) ?? "";
  if (!config.includes(`[branch "${branch}"]`)) return;
  await changeConfig(root, ["--remove-section", `branch.${branch}`]);
}

/** How often and how soon a configuration that somebody else is writing is tried again. */
const configTries = 20;
const configWaitMs = 25;

/** An agent may be writing the same file, and git does not wait for its turn (git-config(1)). */
async function changeConfig(root: string, words: string[]): Promise<void> {
  const args = ["config", "--local", ...words];
  for (let left = configTries; ; left -= 1) {
    const result = await tryGit(args, { at: root });
    if (result.exitCode === 0) return;
    if (left === 0 || !result.stderr.includes("could not lock")) throw gitFailure(args, result);
    await new Promise((resolve) => setTimeout(resolve, configWaitMs));
  }
}

export interface BranchTip {
  sha: string;
  /** The work tree that has the branch checked out. */
  worktree?: string;
}

/** Where a branch points and where it is checked out, or undefined when there is none. */
export async function branchTip(root: string, branch: string): Promise<BranchTip | undefined> {
  const ref = `refs/heads/${branch}`;
  const format = "--format=%(refname)%00%(objectname)%00%(worktreepath)";
  const listing = await git(["for-each-ref", format, ref], { at: root });
  for (const line of listing.split("\n")) {
    const [name, sha, worktree] = line.split("\0");
    if (name === ref && sha) return { sha, ...(worktree && { worktree }) };
  }
  return undefined;
}

/** Why a branch could not be created: it exists, or one stands where its folder would be. */
export async function explainBranchFailure(
  root: string,
  branch: string,
  args: string[],
  result: RunResult,
): Promise<AoError> {
  const parts = branch.split("/");
  const parents = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  const patterns = parents.map((name) => `refs/heads/${name}`);
  const format = "--format=%(refname:lstrip=2)";
  const listed = (await tryGit(["for-each-ref", format, ...patterns], { at: root })).stdout;
  const names = listed.split("\n");
  const clash = names.find((name) => parents.includes(name) || name.startsWith(`${branch}/`));
  if (clash === branch) return new AoError("conflict", `branch ${branch} exists already`);
  if (!clash) return gitFailure(args, result);
  const hint = `git branch --move ${clash} <name>`;
  return new AoError("conflict", `branch ${clash} stands in the way of branch ${branch}`, hint);
}
