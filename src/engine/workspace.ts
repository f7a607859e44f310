import { existsSync } from "node:fs";
import { join } from "node:path";

import { AoError } from "../error.ts";
import { deleteBranch } from "../git/branch.ts";
import { matchesEscrow } from "../git/escrow-match.ts";
import { type Escrow, takeEscrow } from "../git/escrow.ts";
import { excludeEnvironment } from "../git/exclude.ts";
import { commonDirOf } from "../git/layout.ts";
import { withRepositoryLock } from "../git/lock.ts";
import { findNested, inspectNested, type Nested } from "../git/nested.ts";
import { undoAddWorktree } from "../git/undo.ts";
import { addWorktree, headOf, isRegistered, removeWorktree } from "../git/worktree.ts";
import type { ProcessIdentity } from "../process/identity.ts";
import { findProcesses, signalProcess, waitForEnd } from "../process/tree.ts";
import type { Engine } from "./engine.ts";
import type { Journal, JournalData } from "./journal.ts";
import { lockDirectory, sessionDirectory, worktreesRoot } from "./paths.ts";

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
  const { root, worktree, baseSha, branch } = workspace;
  const env = excludesOf(engine, sessionId);
  const head = await headOf(worktree, { env });
  if (!head.isDirty && head.sha === baseSha && head.branch === branch) return undefined;
  const options = { root, worktree, sessionId, reason, base: baseSha, branches: [branch], env };
  return await withRepository(engine, root, () => takeEscrow(options));
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
  await refuseUnsaved(engine, sessionId, workspace, escrow);
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
  const living = children.flatMap((child) =>
    findProcesses({ root: child, terminalSession: child }),
  );
  if (await waitForEnd(living, performance.now() + childGraceMs)) return;
  for (const child of living) signalProcess(child, "SIGKILL");
  await waitForEnd(living, performance.now() + childGraceMs);
}

/** The environment in which git ignores what `ao` itself added to a session's worktree. */
export function excludesOf(engine: Engine, sessionId: string): Record<string, string> | undefined {
  const file = excludesPath(engine, sessionId);
  return existsSync(file) ? excludeEnvironment(file, engine.env) : undefined;
}

/** The file that lists what `ao` itself added to a session's worktree. */
export function excludesPath(engine: Engine, sessionId: string): string {
  return join(sessionDirectory(engine.dataDir, sessionId), "exclude");
}

async function refuseUnsaved(
  engine: Engine,
  sessionId: string,
  { root, worktree, branch }: Workspace,
  escrow: Escrow | undefined,
): Promise<void> {
  if (!escrow) return refuseNested(worktree, await nestedWork(worktree));
  const env = excludesOf(engine, sessionId);
  const { commit } = escrow;
  const match = await matchesEscrow({ root, worktree, commit, branches: [branch], env });
  refuseNested(worktree, match.nested);
  if (match.isSame) return;
  throw new AoError(
    "conflict",
    `${worktree} is not as its escrow has it: ${match.difference ?? "it changed"}`,
    "end what still writes there, then try again",
  );
}

async function nestedWork(worktree: string): Promise<Nested[]> {
  const found = await inspectNested(worktree, await findNested(worktree), []);
  return found.filter(({ work }) => work.length > 0);
}

function refuseNested(worktree: string, nested: readonly Nested[]): void {
  const [first] = nested;
  if (first === undefined) return;
  throw new AoError(
    "conflict",
    `repository ${first.path} inside ${worktree} holds work of its own: ${first.work.join(", ")}`,
    `push it or move it away: \`cd ${join(worktree, first.path)}\``,
  );
}
