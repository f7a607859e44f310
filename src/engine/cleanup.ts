import { existsSync, rmSync } from "node:fs";

import type { Session } from "../domain/session.ts";
import { AoError, messageOf } from "../error.ts";
import { isMergedByContent } from "../git/merged.ts";
import { headOf, isRegistered } from "../git/worktree.ts";
import { failpoint } from "../process/failpoint.ts";
import { getProject, type Project } from "../store/project.ts";
import {
  deleteSession,
  getSession,
  listSessions,
  setCleanup,
  setEscrow,
  setPurged,
} from "../store/session.ts";
import { loadConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import { adoptedJournal, beginOperation, type Journal, type JournalData } from "./journal.ts";
import { sessionDirectory } from "./paths.ts";
import { runInWorktree } from "./provision.ts";
import { launchOf, stopLaunch } from "./stop.ts";
import { dropBranch, purgeWorktree, type SavedWork, settleChildren } from "./workspace.ts";

/** What a clean-up did with one session. */
export interface CleanupResult {
  sessionId: string;
  outcome: "removed" | "kept" | "gone";
  /** Why it was kept, or when its grace period ends. */
  reason?: string;
  /** What to do about it. */
  hint?: string;
  code?: AoError["code"];
  escrowRef?: string;
}

interface CleanupData extends JournalData {
  saved?: SavedWork;
}

export interface CleanupRequest {
  /** Empty: every terminated session. */
  ids: string[];
  projectId?: string | undefined;
  /** Skip the grace period, and remove work that is not merged once it is in escrow. */
  isPurge: boolean;
}

/**
 * Removes the worktrees of sessions that have ended. Without purge it waits for a grace period
 * and keeps what is not merged. Throws `not_found`, and `conflict` for a session that lives.
 */
export async function cleanup(engine: Engine, request: CleanupRequest): Promise<CleanupResult[]> {
  const sessions = request.ids.map((id) => getSession(engine.store, id));
  for (const session of sessions) {
    if (session.isTerminated) continue;
    const hint = `ao session kill ${session.id}`;
    throw new AoError("conflict", `session ${session.id} has not ended`, hint);
  }
  const { projectId } = request;
  const all = listSessions(engine.store, { projectId, withTerminated: true });
  const chosen = request.ids.length > 0 ? sessions : all.filter(isLeft);
  const results: CleanupResult[] = [];
  for (const session of chosen) results.push(await cleanOne(engine, session, request.isPurge));
  return results;
}

/** Deletes the row of a session that has ended and was cleaned up; its escrow stays. */
export function removeSession(engine: Engine, id: string): void {
  engine.store.write((tx) => {
    const session = getSession(tx, id);
    if (!session.isTerminated) {
      const hint = `ao session kill ${id} --purge`;
      throw new AoError("conflict", `session ${id} has not ended`, hint);
    }
    if (session.purgedAt === null) {
      const hint = `ao session cleanup ${id} --purge`;
      throw new AoError("conflict", `session ${id} still has its worktree`, hint);
    }
    deleteSession(tx, id);
  });
  rmSync(sessionDirectory(engine.dataDir, id), { recursive: true, force: true });
}

/** Finishes the removal that a dead process began. */
export async function resumeCleanup(
  engine: Engine,
  operation: Parameters<typeof adoptedJournal>[1],
): Promise<void> {
  const journal = adoptedJournal(engine, operation, (data) => data as CleanupData);
  await settleChildren(journal.data.children ?? []);
  const session = getSession(engine.store, journal.sessionId);
  const project = getProject(engine.store, session.projectId);
  await removeJournaled(engine, journal, session, project);
}

function isLeft(session: Session): boolean {
  return session.isTerminated && session.purgedAt === null;
}

async function cleanOne(
  engine: Engine,
  session: Session,
  isPurge: boolean,
): Promise<CleanupResult> {
  const sessionId = session.id;
  if (session.purgedAt !== null) return { sessionId, outcome: "gone" };
  const project = getProject(engine.store, session.projectId);
  try {
    const kept = isPurge ? undefined : await reasonToKeep(engine, session, project);
    if (kept) return { sessionId, outcome: "kept", reason: kept };
    const escrowRef = await remove(engine, session, project);
    return { sessionId, outcome: "removed", ...(escrowRef && { escrowRef }) };
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    const { message: reason, code, hint } = error;
    return { sessionId, outcome: "kept", reason, code, ...(hint !== undefined && { hint }) };
  }
}

async function reasonToKeep(
  engine: Engine,
  session: Session,
  project: Project,
): Promise<string | undefined> {
  if (!existsSync(session.worktreePath)) return undefined;
  const graceMs = loadConfig(engine.dataDir, project).cleanupGraceSeconds * 1000;
  const since = engine.store.write((tx) => {
    setCleanup(tx, session.id);
    return getSession(tx, session.id).cleanupAt ?? tx.now;
  });
  const left = since + graceMs - Date.now();
  if (left > 0) return `its grace period ends in ${Math.ceil(left / 60_000)} min`;
  const head = await headOf(session.worktreePath);
  if (head.isDirty) return "it has uncommitted work; `--purge` keeps that in escrow only";
  const { sha } = head;
  const isMerged =
    sha === session.baseSha ||
    (await isMergedByContent({ root: project.path, commit: sha, into: session.baseRef }));
  return isMerged
    ? undefined
    : `its work is not in ${session.baseRef}; \`--purge\` keeps it in escrow only`;
}

async function remove(engine: Engine, session: Session, project: Project): Promise<string | null> {
  const journal = engine.store.write((tx) => {
    const { id: sessionId, projectId } = session;
    const data: CleanupData = {};
    const intent = { kind: "cleanup" as const, sessionId, projectId, step: "remove", data };
    return beginOperation(engine, tx, intent);
  });
  return await removeJournaled(engine, journal, session, project);
}

/** Each part does nothing where it was done before, so that a crash is finished by going on. */
async function removeJournaled(
  engine: Engine,
  journal: Journal<CleanupData>,
  session: Session,
  project: Project,
): Promise<string | null> {
  try {
    failpoint("cleanup.remove.before");
    const launch = launchOf(session);
    if (launch) await stopLaunch(engine, launch);
    await removeTree(engine, journal, session, project);
    failpoint("cleanup.remove.after");
    const escrowRef = journal.data.saved?.escrowRef ?? null;
    engine.store.write((tx) => {
      if (escrowRef) setEscrow(tx, session.id, escrowRef);
      setPurged(tx, session.id, true);
      journal.finish(tx);
    });
    return escrowRef ?? session.escrowRef;
  } catch (error) {
    engine.store.write((tx) => journal.finish(tx, messageOf(error)));
    throw error;
  }
}

async function removeTree(
  engine: Engine,
  journal: Journal<CleanupData>,
  session: Session,
  project: Project,
): Promise<void> {
  const { worktreePath: worktree, branch, baseSha } = session;
  const root = project.path;
  if (!existsSync(worktree) || !isRegistered(root, worktree)) {
    if (journal.data.saved) await dropBranch(session.id, { root, branch }, journal.data.saved);
    return;
  }
  const config = loadConfig(engine.dataDir, project);
  for (const command of config.teardown) {
    await runInWorktree(engine, journal, command, { root, worktree, config });
  }
  const workspace = { root, worktree, branch, baseSha };
  await purgeWorktree(engine, session.id, workspace, "cleaned up", (saved) => {
    journal.data.saved = saved;
    journal.step("discard");
    failpoint("cleanup.discard.before");
  });
}
