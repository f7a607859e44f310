import { join } from "node:path";

import { checkBranchName } from "../domain/branch.ts";
import { AoError, messageOf } from "../error.ts";
import { complaint, git, tryGit, type Watched } from "./command.ts";
import { commonDirOf, readText } from "./layout.ts";

export interface Base {
  /** What a person calls it: `origin/main`, `main`, a tag or a commit id. */
  ref: string;
  sha: string;
  /** Whether it was just brought from origin. */
  fetched: boolean;
  /** What a person should know about the choice. */
  note?: string;
}

export interface BaseOptions extends Watched {
  root: string;
  defaultBranch: string;
  /** Any commit-ish; without it, the default branch. */
  base?: string | undefined;
  fetchTimeoutMs?: number;
}

/**
 * Chooses the commit that a session starts from, fetching one branch where origin has it; a
 * remote that does not answer is no failure, but told in `note`. Not to be called under the
 * repository's lock. Throws `usage` for a name that could be an option, `not_found`, `interrupted`.
 */
export async function chooseBase(options: BaseOptions): Promise<Base> {
  const { root, base } = options;
  if (base === undefined) return fromOrigin(options, options.defaultBranch);
  if (!/^[^-\p{Cc}][^\p{Cc}]*$/u.test(base)) {
    throw new AoError("usage", `base ${JSON.stringify(base)} is not a name that git takes`);
  }
  const tracked = /^(?:refs\/remotes\/)?origin\/(.+)$/.exec(base)?.[1];
  if (tracked && tracked !== "HEAD" && isBranchName(tracked)) return fromOrigin(options, tracked);
  const sha = await resolveCommit(root, base);
  if (sha) return { ref: base, sha, fetched: false };
  const isOnOrigin =
    isBranchName(base) && (await hasOrigin(root)) && !(await fetchBranch(options, base));
  const fetched = isOnOrigin && (await resolveCommit(root, `refs/remotes/origin/${base}`));
  if (!fetched) throw unknownBase(base);
  return { ref: `origin/${base}`, sha: fetched, fetched: true };
}

/** The commit that a name means in a repository, or undefined. */
export async function resolveCommit(root: string, name: string): Promise<string | undefined> {
  const args = ["rev-parse", "-q", "--verify", "--end-of-options", `${name}^{commit}`];
  const result = await tryGit(args, { at: root });
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

/** The address of `origin` as it was written down; empty when there is none. */
export async function originAddress(root: string): Promise<string> {
  const result = await tryGit(["config", "--get", "remote.origin.url"], { at: root });
  return result.exitCode === 0 ? result.stdout.trim() : "";
}

async function fromOrigin(options: BaseOptions, branch: string): Promise<Base> {
  const { root, base } = options;
  const [isRemote, known] = await Promise.all([hasOrigin(root), knownTips(root, branch)]);
  const failure = isRemote ? await fetchBranch(options, branch) : undefined;
  if (isRemote && failure === undefined) {
    const sha = await resolveCommit(root, `refs/remotes/origin/${branch}`);
    if (!sha) throw unknownBase(`origin/${branch}`);
    const note = base === undefined ? await noteOfUnpushed(root, branch, sha, known) : undefined;
    return { ref: `origin/${branch}`, sha, fetched: true, ...(note && { note }) };
  }
  const remembered = isRemote || base !== undefined ? known.remote : undefined;
  const fallback = remembered
    ? { ref: `origin/${branch}`, sha: remembered }
    : await localFallback(options, branch, known);
  if (!fallback) throw unknownBase(base ?? branch);
  const note = failure && `${failure}; using ${fallback.ref} as it is known here`;
  return { ...fallback, fetched: false, ...(note && { note }) };
}

interface Tips {
  local?: string;
  remote?: string;
}

/** Without origin's branch: the default branch as it is here, or a local `origin/x`. */
async function localFallback({ root, base }: BaseOptions, branch: string, known: Tips) {
  const name = base ?? branch;
  const sha = base === undefined ? known.local : await resolveCommit(root, base);
  if (sha) return { ref: name, sha };
  // A detached main work tree has no default branch by name.
  const head = base === undefined && branch === "HEAD" && (await resolveCommit(root, "HEAD"));
  return head ? { ref: name, sha: head } : undefined;
}

async function knownTips(root: string, branch: string): Promise<Tips> {
  const names = [`refs/heads/${branch}`, `refs/remotes/origin/${branch}`];
  const format = "--format=%(refname) %(objectname)";
  const listing = await git(["for-each-ref", format, ...names], { at: root });
  const tips = new Map(
    listing.split("\n").map((line): [string, string] => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), line.slice(end + 1)];
    }),
  );
  const [local, remote] = names.map((name) => tips.get(name));
  return { ...(local && { local }), ...(remote && { remote }) };
}

/** Whether there is a remote `origin`, read from the file where nearly all have it. */
async function hasOrigin(root: string): Promise<boolean> {
  const config = readText(join(commonDirOf(root), "config")) ?? "";
  if (/^\s*\[\s*remote\s+"origin"\s*\]/im.test(config)) return true;
  // It may stand in an included file, or in that of the work tree.
  if (!/^\s*\[\s*include|worktreeConfig/im.test(config)) return false;
  const result = await tryGit(["config", "--get-regexp", "^remote\\.origin\\."], { at: root });
  return result.exitCode === 0;
}

/** Fetches one branch and nothing else; returns why it did not work, or undefined when it did. */
async function fetchBranch(options: BaseOptions, branch: string): Promise<string | undefined> {
  const timeoutMs = options.fetchTimeoutMs ?? 10_000;
  const flags = ["--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules", "--refmap="];
  const quiet = ["--no-write-fetch-head", "--no-auto-maintenance"];
  const refspec = `+refs/heads/${branch}:refs/remotes/origin/${branch}`;
  const { onStart, signal, env } = options;
  const call = { at: options.root, timeoutMs, onStart, signal, env };
  try {
    const once = () => tryGit(["fetch", ...flags, ...quiet, "origin", refspec], call);
    let result = await once();
    // Another fetch of the same branch moved it between git's look and its write.
    if (result.exitCode !== 0 && /cannot lock ref/.test(result.stderr)) result = await once();
    if (result.exitCode === 0) return undefined;
    if (/couldn't find remote ref/.test(result.stderr)) return `origin has no branch ${branch}`;
    return `origin could not be reached (${complaint(result)})`;
  } catch (error) {
    if (!(error instanceof AoError) || error.code !== "timeout") throw error;
    return `origin could not be reached (${messageOf(error)})`;
  }
}

/** A person who has not pushed would wonder where those commits went. */
async function noteOfUnpushed(root: string, branch: string, sha: string, known: Tips) {
  if (!known.local || known.local === sha) return undefined;
  const args = ["rev-list", "--count", `${sha}..${known.local}`];
  const count = Number(await git(args, { at: root }));
  if (count === 0) return undefined;
  const commits = count === 1 ? "1 commit" : `${count} commits`;
  return `local ${branch} has ${commits} that origin/${branch} lacks`;
}

function isBranchName(name: string): boolean {
  try {
    return checkBranchName(name) === name;
  } catch (error) {
    if (error instanceof AoError) return false;
    throw error;
  }
}

function unknownBase(base: string): AoError {
  return new AoError("not_found", `base ${base} not found`, "git branch --all");
}
