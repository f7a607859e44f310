import { AoError } from "../error.ts";
import { branchTip, deleteBranch } from "./branch.ts";
import { git, privately, tryGit, type Watched } from "./command.ts";
import { type EscrowFacts, parseEscrowMessage } from "./escrow-message.ts";
import { addWorktree, checkoutWorktree } from "./worktree.ts";

export interface ListedEscrow extends EscrowFacts {
  ref: string;
  number: number;
  commit: string;
  /** Unix milliseconds. */
  at: number;
}

/** All escrows of a repository, or of one session, oldest first. Costs one process. */
export async function listEscrow(root: string, session?: string): Promise<ListedEscrow[]> {
  const prefix = session ? `refs/ao/escrow/${session}/` : "refs/ao/escrow/";
  const fields = ["refname", "objectname", "committerdate:unix", "contents"];
  const format = `--format=${fields.map((field) => `%(${field})`).join("%00")}%00`;
  const listing = await git(["for-each-ref", format, prefix], { at: root });
  const values = listing.split("\0");
  const escrows: ListedEscrow[] = [];
  for (let index = 0; index + 4 < values.length; index += 4) {
    const [ref = "", commit = "", seconds, message = ""] = values.slice(index, index + 4);
    const name = ref.trim();
    const number = Number(name.slice(name.lastIndexOf("/") + 1));
    const at = Number(seconds) * 1000;
    escrows.push({ ref: name, number, commit, at, ...parseEscrowMessage(message) });
  }
  return escrows.sort((one, other) => one.at - other.at || one.number - other.number);
}

/**
 * What an escrow holds beyond its HEAD: a summary per file, then the patch.
 * Throws `not_found`, `usage`.
 */
export async function showEscrow(
  root: string,
  ref: string,
  options: { hasColor?: boolean } = {},
): Promise<string> {
  const { commit, head } = await readEscrow(root, ref);
  const color = options.hasColor ? "--color=always" : "--color=never";
  const flags = ["--stat", "--patch", "--no-ext-diff", "--no-textconv", color];
  return git([...privately, "diff", ...flags, head, commit], { at: root });
}

export interface RestoreOptions extends Watched {
  root: string;
  ref: string;
  /** Absolute path of the work tree to make. */
  into: string;
  /** Name of the branch to make at the commit that HEAD was. */
  branch: string;
}

/**
 * Brings an escrow back as a new branch and work tree, with files, untracked files and index as
 * they were; it needs nothing but the escrow. A branch that stands where HEAD was is used as it
 * is. When it fails, nothing stays behind and the escrow is as before. Throws `not_found`,
 * `usage`, `conflict` when path or branch are taken, `failed`.
 */
export async function restoreEscrow(
  options: RestoreOptions,
): Promise<{ head: string; hasIndex: boolean }> {
  const { root, ref, into, branch, onStart, signal, env } = options;
  const { commit, head, index } = await readEscrow(root, ref);
  const watched = { onStart, signal, env };
  const isNew = (await branchTip(root, branch))?.sha !== head;
  const place = { root, path: into, branch, isEmpty: true, ...watched };
  if (isNew) await addWorktree({ ...place, baseSha: head });
  else await checkoutWorktree(place);
  try {
    const call = { at: into, ...watched };
    await git([...privately, "read-tree", "--reset", "-u", commit], call);
    await git([...privately, "read-tree", "-m", index ?? head], call);
    return { head, hasIndex: index !== undefined };
  } catch (error) {
    // Made by this very call from what the escrow still holds, so nothing is lost with it.
    await tryGit(["worktree", "remove", "--force", "--", into], { at: root, onStart });
    if (isNew) await deleteBranch({ root, branch, expectedSha: head, onStart });
    throw error;
  }
}

interface EscrowCommits {
  commit: string;
  head: string;
  index?: string;
}

/** The commits of an escrow, by its ref. Throws `usage` for another kind of ref, `not_found`. */
export async function readEscrow(root: string, ref: string): Promise<EscrowCommits> {
  if (!/^(?!.*\.\.)(refs\/ao\/escrow\/[^\s^~:?*[\\]+\/\d+|[0-9a-f]{40}|[0-9a-f]{64})$/.test(ref)) {
    throw new AoError("usage", `${JSON.stringify(ref)} is not the name of an escrow`);
  }
  const args = ["log", "-1", "--no-show-signature", "--format=%H%n%P%n%B", ref];
  const result = await tryGit(args, { at: root });
  const [commit, parents = "", ...message] = result.stdout.split("\n");
  const [head, second] = parents.split(" ");
  if (result.exitCode !== 0 || !commit || !head) {
    throw new AoError("not_found", `escrow ${ref} not found`, "ao recover ls");
  }
  const { session, hasIndex } = parseEscrowMessage(message.join("\n"));
  if (!session) throw new AoError("usage", `commit ${ref} is not an escrow`, "ao recover ls");
  return { commit, head, ...(hasIndex && second ? { index: second } : {}) };
}
