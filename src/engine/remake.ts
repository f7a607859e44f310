import type { Session } from "../domain/session.ts";
import { branchTip } from "../git/branch.ts";
import { readEscrow, restoreEscrow } from "../git/recover.ts";
import { undoCheckout } from "../git/undo.ts";
import { addWorktree, checkoutWorktree } from "../git/worktree.ts";
import type { Engine } from "./engine.ts";
import type { Journal, JournalData } from "./journal.ts";
import { worktreesRoot } from "./paths.ts";
import { dropBranch, watchedBy, withRepository } from "./workspace.ts";

/** What a worktree that was gone is made from: enough to take a half-made one away again. */
export interface MadeFrom {
  /** The commit that holds every file that is written. */
  commit: string;
  /** Where the branch was made; null when it stood there before. */
  branchSha: string | null;
}

/**
 * Makes a session's worktree that is gone again: a purged one from its escrow, or from its base
 * when there was nothing to keep; any other from its branch. `onPlan` is told before anything is
 * made. Throws `conflict` when path or branch are taken, `not_found` when the branch is gone.
 */
export async function remakeWorktree(
  engine: Engine,
  journal: Journal<JournalData>,
  session: Session,
  root: string,
  onPlan: (made: MadeFrom) => void,
): Promise<void> {
  const { branch, worktreePath: path, baseSha } = session;
  const place = { root, branch, ...watchedBy(engine, journal) };
  const isPurged = session.purgedAt !== null;
  const { escrowRef } = session;
  const escrow = isPurged && escrowRef ? await readEscrow(root, escrowRef) : undefined;
  const make = async () => {
    const tip = (await branchTip(root, branch))?.sha;
    if (escrow && escrowRef) {
      onPlan({ commit: escrow.commit, branchSha: tip ? null : escrow.head });
      await restoreEscrow({ ...place, into: path, ref: escrowRef });
    } else if (isPurged && tip === undefined) {
      onPlan({ commit: baseSha, branchSha: baseSha });
      await addWorktree({ ...place, path, baseSha });
    } else {
      if (tip) onPlan({ commit: tip, branchSha: null });
      await checkoutWorktree({ ...place, path });
    }
  };
  await withRepository(engine, root, make, engine.interrupt);
}

/** Takes away what was made, whole or in part. Throws `conflict` when there is more in it. */
export async function unmakeWorktree(
  engine: Engine,
  session: Session,
  root: string,
  { commit, branchSha }: MadeFrom,
): Promise<void> {
  const ownedRoot = worktreesRoot(engine.dataDir);
  await withRepository(engine, root, async () => {
    await undoCheckout({ root, path: session.worktreePath, ownedRoot, commit });
    if (branchSha !== null) await dropBranch(root, session.branch, branchSha);
  });
}
