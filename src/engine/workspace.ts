import { existsSync } from "node:fs";

import { AoError } from "../error.ts";
import { deleteBranch } from "../git/branch.ts";
import { type Escrow, matchesEscrow, takeEscrow } from "../git/escrow.ts";
import { commonDirOf } from "../git/layout.ts";
import { withRepositoryLock } from "../git/lock.ts";
import {
  addWorktree,
  headOf,
  isRegistered,
  removeWorktree,
  undoAddWorktree,
} from "../git/worktree.ts";
import { probeIdentity, type ProcessIdentity } from "../process/identity.ts";
import { signalProcess, waitForEnd } from "../process/tree.ts";
import type { Engine } from "./engine.ts";
import type { Journal, JournalData } from "./journal.ts";
import { lockDirectory, worktreesRoot } from "./paths.ts";

/** A session's worktree and what it was made from. */
export interface Workspace {
  root: string;
  worktree: string;
  branch: string;
  baseSha: string;
}

/** What must be known to finish a removal that was cut off. */
export interface SavedWork {
  escrowRef: string | null;
  /** Where the session's branch was; null when the worktree stood on another one. */
  branchSha: string | null;
}

/** How long a dead process's git child may go on before it is ended. */
const childGraceMs = 10_000;

/** Runs a change of a repository while no other `ao` process changes it. */
export async function withRepository<T>(
  engine: Engine,
  root: string,
  action: () => Promise<T>,
): Promise<T> {
  const options = { lockDir: lockDirectory(engine.dataDir), gitDir: commonDirOf(root) };
  return await withRepositoryLock(options, action);
}

/** Adds a worktree on a new branch. Throws `conflict` when the branch or the path is taken. */
export async function createWorktree(
  engine: Engine,
  journal: Journal<JournalData>,
  options: { root: string; path: string; branch: string; baseSha: string },
): Promise<void> {
  await withRepository(engine, options.root, () =>
    addWorktree({ ...options, onStart: (child) => journal.child(child) }),
  );
}

/**
 * Puts a session's work into escrow: what is not in the base, committed or not.
 * Undefined when there is nothing that the base does not have.
 */
export async function escrowWork(
  engine: Engine,
  sessionId: string,
  workspace: Workspace,
  reason: string,
): Promise<Escrow | undefined> {
  const { root, worktree, baseSha } = workspace;
  const head = await headOf(worktree);
  if (!head.isDirty && head.sha === baseSha) return undefined;
  return await withRepository(engine, root, () =>
    takeEscrow({ root, worktree, sessionId, reason }),
  );
}

/**
 * Removes a worktree and its branch, when everything in it is in the base or in escrow.
 * Throws `conflict` naming what is not. Works on half-made worktrees, and twice as well.
 */
export async function discardWorktree(
  engine: Engine,
  journal: Journal<JournalData>,
  workspace: Workspace,
): Promise<void> {
  const { root, worktree, branch, baseSha } = workspace;
  await settleChildren(journal.data.children ?? []);
  if (baseSha === "") return;
  const ownedRoot = worktreesRoot(engine.dataDir);
  const place = { root, path: worktree, branch, baseSha, ownedRoot };
  try {
    await withRepository(engine, root, () => undoAddWorktree(place));
  } catch (error) {
    if (!(error instanceof AoError && error.code === "conflict")) throw error;
    if (!existsSync(worktree) || !isRegistered(root, worktree)) throw error;
    await purgeWorktree(engine, journal.sessionId, workspace, `undone ${journal.kind}`);
  }
}

/**
 * Takes an escrow, makes sure that it holds what the work tree holds, and removes the worktree
 * and, when `ao` named it, the branch. Throws `conflict` when work exists nowhere else.
 */
export async function purgeWorktree(
  engine: Engine,
  sessionId: string,
  workspace: Workspace,
  reason: string,
  onSaved: (saved: SavedWork) => void = () => {},
): Promise<SavedWork> {
  const { root, worktree, branch } = workspace;
  const escrow = await escrowWork(engine, sessionId, workspace, reason);
  await refuseUnsaved(worktree, escrow);
  const head = await headOf(worktree);
  const saved: SavedWork = {
    escrowRef: escrow?.ref ?? null,
    branchSha: head.branch === branch ? head.sha : null,
  };
  onSaved(saved);
  await withRepository(engine, root, async () => {
    const ownedRoot = worktreesRoot(engine.dataDir);
    await removeWorktree({ root, path: worktree, ownedRoot, isForced: true });
    await dropBranch(sessionId, workspace, saved);
  });
  return saved;
}

/** Deletes a session's branch, when `ao` named it and it still is where its work was saved. */
export async function dropBranch(
  sessionId: string,
  { root, branch }: Pick<Workspace, "root" | "branch">,
  saved: SavedWork,
): Promise<void> {
  if (saved.branchSha === null || !branch.startsWith(`ao/${sessionId}/`)) return;
  await deleteBranch({ root, branch, expectedSha: saved.branchSha });
}

/** Waits for children of a process that died, then ends them: they could still be writing. */
export async function settleChildren(children: readonly ProcessIdentity[]): Promise<void> {
  const living = children.filter((child) => probeIdentity(child) === "alive");
  if (await waitForEnd(living, performance.now() + childGraceMs)) return;
  for (const child of living) signalProcess(child, "SIGKILL");
  await waitForEnd(living, performance.now() + childGraceMs);
}

async function refuseUnsaved(worktree: string, escrow: Escrow | undefined): Promise<void> {
  const match = await matchesEscrow({ worktree, commit: escrow?.commit ?? "HEAD" });
  if (!match.matches) {
    throw new AoError(
      "conflict",
      `${worktree} changed while its work was put into escrow`,
      "end what still writes there, then try again",
    );
  }
  const [nested] = match.nested;
  if (nested === undefined) return;
  throw new AoError(
    "conflict",
    `${nested.path} is a repository whose work exists nowhere else: ${nested.reason}`,
    `push or move it: \`cd ${worktree}/${nested.path}\``,
  );
}
