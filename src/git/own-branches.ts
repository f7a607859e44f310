import { deleteBranch } from "./branch.ts";
import { git } from "./command.ts";
import { isAncestor } from "./escrow-match.ts";

/**
 * Deletes the branches below a prefix such as `ao/shop-1/` whose commits one of `kept` has, and
 * which no work tree stands on; all others stay, and so does the branch `except`.
 */
export async function deleteKeptBranches(
  root: string,
  { prefix, except, kept }: { prefix: string; except: string; kept: readonly string[] },
): Promise<void> {
  const format = "--format=%(refname:lstrip=2)%00%(objectname)%00%(worktreepath)";
  const listing = await git(["for-each-ref", format, `refs/heads/${prefix}`], { at: root });
  for (const line of listing.split("\n")) {
    const [branch, sha, worktree] = line.split("\0");
    if (!branch || !sha || worktree || branch === except) continue;
    for (const commit of kept) {
      if (!(await isAncestor(root, sha, commit))) continue;
      await deleteBranch({ root, branch, expectedSha: sha });
      break;
    }
  }
}
