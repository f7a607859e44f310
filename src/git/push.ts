import { AoError } from "../error.ts";
import type { RunResult } from "../process/run.ts";
import { complaint, git, gitFailure, tryGit, type Watched } from "./command.ts";

/** A commit as its author described it. */
export interface Commit {
  sha: string;
  subject: string;
  body: string;
}

/** More commits than this are not read: what they make is told by the newest. */
const mostCommits = 100;

/** The commits that `head` has and `base` lacks, oldest first, at most the newest hundred. */
export async function commitsSince(options: {
  root: string;
  base: string;
  head: string;
}): Promise<Commit[]> {
  const { root, base, head } = options;
  const format = "--format=%H%n%s%n%b";
  const flags = ["--no-show-signature", "--no-color", "--encoding=UTF-8", "--no-merges", "-z"];
  const count = `--max-count=${mostCommits}`;
  const range = ["--end-of-options", `${base}..${head}`, "--"];
  const listing = await git(["log", format, ...flags, count, ...range], { at: root });
  const records = listing.split("\0").filter((record) => record.trim() !== "");
  return records.reverse().map((record) => {
    const [sha = "", subject = "", ...body] = record.split("\n");
    return { sha, subject, body: body.join("\n").trim() };
  });
}

/** How many commits `head` has that `base` lacks, merges included. */
export async function countSince(root: string, base: string, head: string): Promise<number> {
  const args = ["rev-list", "--count", "--end-of-options", `${base}..${head}`];
  return Number(await git(args, { at: root }));
}

/**
 * Pushes a commit to a branch of `origin`, never over other commits. Throws `conflict` when the
 * branch has commits of others, `unavailable` when origin cannot be reached or refuses the login,
 * `failed` in git's words, `interrupted`.
 */
export async function pushBranch(
  options: Watched & { root: string; sha: string; branch: string },
): Promise<void> {
  const { root, sha, branch, ...watched } = options;
  const flags = ["--quiet", "--no-follow-tags", "--recurse-submodules=no"];
  const args = ["push", ...flags, "origin", `${sha}:refs/heads/${branch}`];
  const result = await tryGit(args, { at: root, ...watched });
  if (result.exitCode !== 0) throw pushFailure(args, result, branch);
}

const unreachable = new RegExp(
  "could not (?:resolve|read)|unable to access|authentication failed|permission denied|" +
    "timed out|connection|does not appear to be a git repository|publickey",
  "i",
);

function pushFailure(args: string[], result: RunResult, branch: string): AoError {
  if (/\[rejected\]|non-fast-forward|fetch first/.test(result.stderr)) {
    const hint = `git log HEAD..origin/${branch}`;
    return new AoError("conflict", `origin has other commits on branch ${branch}`, hint);
  }
  if (/\[remote rejected\]|hook declined/.test(result.stderr)) {
    return new AoError("conflict", `origin refuses branch ${branch}: ${complaint(result)}`);
  }
  if (!unreachable.test(result.stderr)) return gitFailure(args, result);
  return gitFailure(args, result, "unavailable", "git push origin HEAD");
}
