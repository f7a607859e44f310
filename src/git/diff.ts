import { git, type GitEnvironment, privately } from "./command.ts";
import { withSnapshot } from "./snapshot.ts";

export interface DiffOptions {
  worktree: string;
  /** The commit to compare with. */
  baseSha: string;
  env?: GitEnvironment | undefined;
}

/**
 * What a session has made: committed, uncommitted and untracked (not ignored) changes against a
 * commit, as a patch or as a summary per file. Nothing is written. Throws `failed`.
 */
export async function diffAgainstBase(
  options: DiffOptions & { isSummary?: boolean; hasColor?: boolean },
): Promise<string> {
  const color = options.hasColor ? "--color=always" : "--color=never";
  const flags = [options.isSummary ? "--stat" : "--patch", color, "--no-ext-diff"];
  return compare(options, flags);
}

export interface ChangeCount {
  files: number;
  additions: number;
  deletions: number;
}

/** How much a session has changed against a commit; a binary file counts no lines. */
export async function changedFiles(options: DiffOptions): Promise<ChangeCount> {
  const listing = await compare(options, ["--numstat", "--no-renames", "-z"]);
  const count: ChangeCount = { files: 0, additions: 0, deletions: 0 };
  for (const record of listing.split("\0").filter(Boolean)) {
    const [additions, deletions] = record.split("\t");
    count.files += 1;
    count.additions += Number(additions) || 0;
    count.deletions += Number(deletions) || 0;
  }
  return count;
}

function compare({ worktree, baseSha, env }: DiffOptions, flags: string[]): Promise<string> {
  return withSnapshot(worktree, { env, isKept: false }, (snapshot, objects) =>
    git([...privately, "diff", ...flags, baseSha, snapshot.tree, "--"], {
      at: worktree,
      env: objects,
    }),
  );
}
