import { existsSync, rmSync } from "node:fs";

import type { Session } from "../domain/session.ts";
import { AoError, messageOf } from "../error.ts";
import { headOf, isRegistered } from "../git/worktree.ts";
import { failpoint } from "../process/failpoint.ts";
import type { Operation } from "../store/operation.ts";
import { getProject, type Project } from "../store/project.ts";
import {
  deleteSession,
  getSession,
  listSessions,
  setCleanup,
  setEscrow,
  setPurged,
} from "../store/session.ts";
import type { Reader } from "../store/store.ts";
import { loadConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import { type MergedCheck, mergedCheck } from "./github/merged.ts";
import {
  adoptedJournal,
  beginOperation,
  type Journal,
  type JournalData,
  seeThrough,
} from "./journal.ts";
import { sessionDirectory } from "./paths.ts";
import { runInWorktree } from "./provision.ts";
import { launchOf, stopLaunch } from "./stop.ts";
import { removeTrust } from "./trust-entries.ts";
import { excludesOf, finishPurge, purgeWorktree, settleChildren } from "./workspace.ts";

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
  const isMerged = mergedCheck(engine);
  for (const session of chosen) {
    if (engine.interrupt.aborted) throw new AoError("interrupted", "interrupted");
    results.push(await cleanOne(engine, session, request.isPurge, isMerged));
  }
  return results;
}

/** Deletes the row of a session that has ended and was cleaned up; its escrow stays. */
export function removeSession(engine: Engine, id: string): void {
  refuseUncleaned(engine.store, id);
  // Before the row, since nobody would look for a folder that no row knows.
  rmSync(sessionDirectory(engine.dataDir, id), { recursive: true, force: true });
  engine.store.write((tx) => {
    refuseUncleaned(tx, id);
    deleteSession(tx, id);
  });
}

function refuseUncleaned(reader: Reader, id: string): void {
  const session = getSession(reader, id);
  if (!session.isTerminated) {
    const hint = `ao session kill ${id} --purge`;
    throw new AoError("conflict", `session ${id} has not ended`, hint);
  }
  if (session.purgedAt !== null) return;
  const hint = `ao session cleanup ${id} --purge`;
  throw new AoError("conflict", `session ${id} still has its worktree`, hint);
}

/** Finishes the removal that a dead process began. */
export async function resumeCleanup(engine: Engine, operation: Operation): Promise<void> {
  const journal = adoptedJournal(engine, operation, (data) => data as JournalData);
  await settleChildren(journal);
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
  isMerged: MergedCheck,
): Promise<CleanupResult> {
  const sessionId = session.id;
  if (session.purgedAt !== null) return { sessionId, outcome: "gone" };
  const project = getProject(engine.store, session.projectId);
  try {
    const kept = isPurge ? undefined : await reasonToKeep(engine, session, project, isMerged);
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
  isMerged: MergedCheck,
): Promise<string | undefined> {
  if (!existsSync(session.worktreePath)) return undefined;
  const graceMs = loadConfig(engine.dataDir, project).cleanupGraceSeconds * 1000;
  const since = engine.store.write((tx) => {
    setCleanup(tx, session.id);
    return getSession(tx, session.id).cleanupAt ?? tx.now;
  });
  const left = since + graceMs - Date.now();
  if (left > 0) return `its grace period ends in ${Math.ceil(left / 60_000)} min`;
  const head = await headOf(session.worktreePath, { env: excludesOf(engine, session.id) });
  if (head.isDirty) return "it has uncommitted work; `--purge` keeps that in escrow only";
  return (await isMerged(session, project, head.sha))
    ? undefined
    : `its work is not in ${session.baseRef}; \`--purge\` keeps it in escrow only`;
}

async function remove(engine: Engine, session: Session, project: Project): Promise<string | null> {
  const journal = engine.store.write((tx) => {
    const { id: sessionId, projectId } = session;
    const intent = { kind: "cleanup" as const, sessionId, projectId, step: "remove", data: {} };
    const begun = beginOperation<JournalData>(engine, tx, intent);
    // Somebody may have brought it back since it was looked at.
    if (getSession(tx, sessionId).isTerminated) return begun;
    throw new AoError("conflict", `session ${sessionId} was restored`, `ao attach ${sessionId}`);
  });
  // Once begun it is finished, whatever the person presses.
  const patient = { ...engine, interrupt: new AbortController().signal };
  return await seeThrough(journal, () => removeJournaled(patient, journal, session, project));
}

/** Each part does nothing where it was done before, so that a crash is finished by going on. */
async function removeJournaled(
  engine: Engine,
  journal: Journal<JournalData>,
  session: Session,
  project: Project,
): Promise<string | null> {
  try {
    failpoint("cleanup.remove.before");
    await removeTree(engine, journal, session, project);
    removeTrust(engine, session.id);
    failpoint("cleanup.remove.after");
  } catch (error) {
    // A removal that has begun is gone on with; a worktree that lacks files gets no new escrow.
    if (journal.data.saved) journal.abandon();
    else engine.store.write((tx) => journal.finish(tx, messageOf(error)));
    throw error;
  }
  const { saved } = journal.data;
  engine.store.write((tx) => {
    if (saved) setEscrow(tx, session.id, saved.escrowRef);
    setPurged(tx, session.id, true);
    journal.finish(tx);
  });
  return saved ? saved.escrowRef : session.escrowRef;
}

async function removeTree(
  engine: Engine,
  journal: Journal<JournalData>,
  session: Session,
  project: Project,
): Promise<void> {
  const launch = launchOf(session);
  const [survivor] = launch ? await stopLaunch(engine, launch) : [];
  if (survivor) {
    const message = `process ${survivor.pid} of its agent does not end`;
    throw new AoError("conflict", message, `kill -9 ${survivor.pid}`);
  }
  const { worktreePath: worktree, branch, baseSha } = session;
  const root = project.path;
  const workspace = { root, worktree, branch, baseSha };
  const { saved } = journal.data;
  if (saved) return await finishPurge(engine, journal, workspace, saved);
  if (!existsSync(worktree)) {
    // Somebody has deleted it; a branch that has more than the base stays, as its only trace.
    const nothing = { escrowRef: session.escrowRef, branchSha: baseSha };
    return await finishPurge(engine, journal, workspace, nothing);
  }
  if (!isRegistered(root, worktree)) {
    throw new AoError("conflict", `\`${worktree}\` is not a work tree of \`${root}\``);
  }
  const config = loadConfig(engine.dataDir, project);
  for (const command of config.teardown) {
    await runInWorktree(engine, journal, command, { root, worktree, config });
  }
  await purgeWorktree(engine, journal, workspace, "cleaned up");
}
