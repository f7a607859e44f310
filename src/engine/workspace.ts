import { existsSync } from "node:fs";
import { join } from "node:path";

import { AoError } from "../error.ts";
import { deleteBranch } from "../git/branch.ts";
import { matchesEscrow } from "../git/escrow-match.ts";
import { type Escrow, takeEscrow } from "../git/escrow.ts";
import { excludeEnvironment } from "../git/exclude.ts";
import { commonDirOf, hasRefsBelow } from "../git/layout.ts";
import { withRepositoryLock } from "../git/lock.ts";
import { findNested, inspectNested, type Nested } from "../git/nested.ts";
import { deleteKeptBranches } from "../git/own-branches.ts";
import { isRemainder, undoAddWorktree } from "../git/undo.ts";
import { addWorktree, headOf, isRegistered, removeWorktree } from "../git/worktree.ts";
import { failpoint } from "../process/failpoint.ts";
import { findProcesses, stopProcesses, waitForEnd } from "../process/tree.ts";
import type { Engine } from "./engine.ts";
import type { Journal, JournalData, SavedWork } from "./journal.ts";
import { lockDirectory, sessionDirectory, worktreesRoot } from "./paths.ts";

/** A session's worktree and what it was made from. */
export interface Workspace {
  root: string;
  worktree: string;
  branch: string;
  baseSha: string;
}

/** How long a dead process's child may go on, and how long it may take to end when told to. */
const childWaitMs = 2_000;
const childGraceMs = 5_000;

/** Runs a change of a repository while no other `ao` process changes it. */
export async function withRepository<T>(
  engine: Engine,
  root: string,
  action: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const place = { lockDir: lockDirectory(engine.dataDir), gitDir: commonDirOf(root) };
  return await withRepositoryLock({ ...place, signal }, action);
}

/** Adds a worktree on a new branch. Throws `conflict` when the branch or the path is taken. */
export async function createWorktree(
  engine: Engine,
  journal: Journal<JournalData>,
  options: { root: string; path: string; branch: string; baseSha: string },
): Promise<void> {
  const watched = watchedBy(engine, journal);
  const add = () => addWorktree({ ...options, ...watched });
  await withRepository(engine, options.root, add, engine.interrupt);
}

/**
 * How a step runs a program that may outlive this process: it is journaled right after its start,
 * and marked with the operation's id for the moment before that. Ctrl-C ends it.
 */
export function watchedBy(engine: Engine, journal: Journal<JournalData>) {
  return {
    onStart: journal.child,
    signal: engine.interrupt,
    env: { AO_LAUNCH_ID: journal.id },
  };
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
  await settleChildren(journal);
  if (baseSha === "") return;
  if (journal.data.saved) return await finishPurge(engine, journal, workspace, journal.data.saved);
  const ownedRoot = worktreesRoot(engine.dataDir);
  const place = { root, path: worktree, branch, baseSha, ownedRoot };
  try {
    await withRepository(engine, root, () => undoAddWorktree(place));
  } catch (error) {
    if (!(error instanceof AoError && error.code === "conflict")) throw error;
    if (!existsSync(worktree) || !isRegistered(root, worktree)) throw error;
    await purgeWorktree(engine, journal, workspace, `undone ${journal.kind}`);
  }
}

/**
 * Takes an escrow, makes sure that it holds what the work tree holds, and removes the worktree
 * and, when `ao` named it, the branch. Throws `conflict` when work exists nowhere else.
 */
export async function purgeWorktree(
  engine: Engine,
  journal: Journal<JournalData>,
  workspace: Workspace,
  reason: string,
): Promise<void> {
  const { worktree, branch } = workspace;
  const escrow = await escrowWork(engine, journal.sessionId, workspace, reason);
  await refuseUnsaved(engine, journal.sessionId, workspace, escrow);
  const head = await headOf(worktree);
  const branchSha = head.branch === branch ? head.sha : null;
  journal.data.saved = { escrowRef: escrow?.ref ?? null, branchSha };
  journal.note();
  failpoint("cleanup.discard.before");
  await removeSaved(engine, journal, workspace, journal.data.saved);
}

/**
 * Goes on with a removal that was cut off. By then the work tree may lack files, so no escrow of
 * it may replace the one that was taken before; what somebody added since gets one of its own.
 */
export async function finishPurge(
  engine: Engine,
  journal: Journal<JournalData>,
  workspace: Workspace,
  saved: SavedWork,
): Promise<void> {
  const { root, worktree, baseSha } = workspace;
  const env = excludesOf(engine, journal.sessionId);
  if (!(await isRemainder(root, worktree, saved.escrowRef ?? baseSha, env))) {
    await escrowWork(engine, journal.sessionId, workspace, "left by a removal that was cut off");
    refuseNested(worktree, await nestedWork(worktree));
  }
  await removeSaved(engine, journal, workspace, saved);
}

async function removeSaved(
  engine: Engine,
  journal: Journal<JournalData>,
  { root, worktree, branch, baseSha }: Workspace,
  saved: SavedWork,
): Promise<void> {
  await withRepository(engine, root, async () => {
    const ownedRoot = worktreesRoot(engine.dataDir);
    await removeWorktree({ root, path: worktree, ownedRoot, isForced: true });
    failpoint("cleanup.branch.before");
    // A name of the person's own is not ours to take away.
    const names = `ao/${journal.sessionId}/`;
    if (saved.branchSha === null || !branch.startsWith(names)) return;
    await dropBranch(root, branch, saved.branchSha);
    // After a claim there is the branch that the session began with, too.
    if (!hasRefsBelow(root, `refs/heads/${names}`)) return;
    const kept = [saved.escrowRef ?? "", baseSha].filter(Boolean);
    await deleteKeptBranches(root, { prefix: names, except: branch, kept });
  });
}

/** Deletes a branch that still is where its work was saved; one that has moved on stays. */
export async function dropBranch(root: string, branch: string, expectedSha: string): Promise<void> {
  try {
    await deleteBranch({ root, branch, expectedSha });
  } catch (error) {
    if (!(error instanceof AoError && error.code === "conflict")) throw error;
  }
}

/** Waits for children of a process that died, then ends them: they could still be writing. */
export async function settleChildren(journal: Journal<JournalData>): Promise<void> {
  const { children = [] } = journal.data;
  const find = () => [
    ...children.flatMap((child) => findProcesses({ root: child, terminalSession: child })),
    ...findProcesses({ launchId: journal.id }),
  ];
  if (await waitForEnd(find(), performance.now() + childWaitMs)) return;
  await stopProcesses(find, { graceMs: childGraceMs });
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
