import { existsSync, realpathSync } from "node:fs";

import { AoError } from "../error.ts";
import { complaint, git, gitFailure, tryGit } from "./command.ts";
import { parseRemote, withoutCredentials } from "./remote.ts";
import { sshHost } from "./ssh-host.ts";

export interface Repository {
  /** Real path of the main work tree. */
  root: string;
  /** The git directory that all work trees share. */
  gitDir: string;
  defaultBranch: string;
  /** Address of the remote `origin`, without credentials. */
  origin?: string;
  host?: string;
  owner?: string;
  repo?: string;
}

/**
 * Finds the repository that a path lies in; from a linked work tree it goes to the main one.
 * Throws `not_found` for a missing path, `usage` for one that is no repository with a work tree,
 * `conflict` for a repository without a commit.
 */
export async function inspectRepository(path: string): Promise<Repository> {
  if (!existsSync(path)) throw new AoError("not_found", `path \`${path}\` not found`);
  const place = await findPlace(path);
  const [branches, head, hasHead, origin] = await Promise.all([
    git(["for-each-ref", "--format=%(refname)%00%(symref)", ...candidateRefs], { at: place.root }),
    tryGit(["symbolic-ref", "-q", "--short", "HEAD"], { at: place.root }),
    tryGit(["rev-parse", "-q", "--verify", "HEAD^{commit}"], { at: place.root }),
    tryGit(["remote", "get-url", "origin"], { at: place.root }),
  ]);
  const current = hasHead.exitCode === 0 ? head.stdout.trim() || "HEAD" : undefined;
  const defaultBranch = chooseDefault(branches) ?? current;
  if (!defaultBranch) {
    const hint = 'git commit --allow-empty -m "first commit"';
    throw new AoError("conflict", `repository \`${place.root}\` has no commit`, hint);
  }
  const url = origin.exitCode === 0 ? origin.stdout.trim() : undefined;
  if (!url) return { ...place, defaultBranch };
  const found = { ...place, defaultBranch, origin: withoutCredentials(url) };
  const identity = parseRemote(url);
  return identity ? { ...found, ...identity, host: await sshHost(url, identity.host) } : found;
}

const commonNames = ["main", "master", "trunk"];
const candidateRefs = [
  "refs/remotes/origin/HEAD",
  ...commonNames.flatMap((name) => [`refs/remotes/origin/${name}`, `refs/heads/${name}`]),
];

/** What origin calls its default, else a common name that it has, else one that is here. */
function chooseDefault(listing: string): string | undefined {
  const refs = new Map<string, string>();
  for (const line of listing.split("\n")) {
    const [name = "", target = ""] = line.split("\0");
    refs.set(name, target);
  }
  const prefix = "refs/remotes/origin/";
  const declared = refs.get(`${prefix}HEAD`);
  if (declared?.startsWith(prefix)) return declared.slice(prefix.length);
  return (
    commonNames.find((name) => refs.has(prefix + name)) ??
    commonNames.find((name) => refs.has(`refs/heads/${name}`))
  );
}

async function findPlace(path: string): Promise<{ root: string; gitDir: string }> {
  const questions = ["--is-bare-repository", "--git-common-dir", "--git-dir", "--show-toplevel"];
  const args = ["rev-parse", "--path-format=absolute", ...questions];
  const result = await tryGit(args, { at: path });
  const [isBare, gitDir, ownGitDir, top] = result.stdout.split("\n");
  if (isBare === "true") throw bareRepository(path);
  if (result.exitCode !== 0 || !gitDir || !top) {
    const isForeign = /not a git repository|must be run in a work tree/.test(result.stderr);
    if (!isForeign) throw gitFailure(args, result, "usage", complaintHint(complaint(result)));
    throw new AoError("usage", `\`${path}\` is not inside a work tree of git`, "git init");
  }
  const root = gitDir === ownGitDir ? top : await mainWorkTree(path);
  return { root: realpathSync(root), gitDir: realpathSync(gitDir) };
}

/** The first entry of the list is the main work tree (git-worktree(1)). */
async function mainWorkTree(path: string): Promise<string> {
  const listing = await git(["worktree", "list", "--porcelain"], { at: path });
  const [first = "", second] = listing.split("\n");
  if (second === "bare") throw bareRepository(path);
  return first.replace(/^worktree /, "");
}

function bareRepository(path: string): AoError {
  return new AoError("usage", `repository \`${path}\` is bare`, "git clone it with a work tree");
}

function complaintHint(text: string): string | undefined {
  if (!text.includes("dubious ownership")) return undefined;
  return "git config --global --add safe.directory <path>";
}
