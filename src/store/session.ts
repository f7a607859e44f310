import type { SessionPatch } from "../domain/lifecycle.ts";
import type { Session, TerminationReason } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { resolveNotification, resolveNotificationsOf } from "./notification.ts";
import type { Reader, Transaction } from "./store.ts";

/** What a spawn knows of its session before anything has been done. */
export type NewSession = Pick<
  Session,
  | "id"
  | "projectId"
  | "number"
  | "title"
  | "agent"
  | "model"
  | "mode"
  | "runtime"
  | "issue"
  | "command"
  | "branch"
  | "baseRef"
  | "baseSha"
  | "worktreePath"
  | "launchId"
  | "agentSessionId"
  | "terminateOnMerge"
> & { prompt: string };

type SessionRow = Omit<Session, "isTerminated" | "terminateOnMerge" | "activityDetail"> & {
  isTerminated: number;
  terminateOnMerge: number;
  activityDetail: string | null;
};

/** Adds the row of a session that is being spawned. */
export function insertSession(tx: Transaction, session: NewSession): void {
  tx.change("sessionInsert", {
    ...session,
    terminateOnMerge: Number(session.terminateOnMerge),
    now: tx.now,
  });
}

/** A session by its id. Throws `not_found`. */
export function getSession(reader: Reader, id: string): Session {
  const found = findSession(reader, id);
  if (!found) throw notFound(id);
  return found;
}

/** A session by its id, or undefined. */
export function findSession(reader: Reader, id: string): Session | undefined {
  const row = reader.one<SessionRow>("sessionGet", { id });
  return row && fromRow(row);
}

export interface SessionFilter {
  projectId?: string | undefined;
  withTerminated?: boolean;
}

/** Sessions by project and number; those that have ended only when asked for. */
export function listSessions(reader: Reader, filter: SessionFilter = {}): Session[] {
  const rows = reader.all<SessionRow>("sessionList", {
    projectId: filter.projectId ?? null,
    withTerminated: Number(filter.withTerminated ?? false),
  });
  return rows.map(fromRow);
}

/** A launch that a reaper looks at. */
export type LaunchToProbe = Pick<
  Session,
  "id" | "agent" | "runtime" | "launchId" | "runtimeHandle"
> & {
  /** Nothing is under way with it: an agent that lives changes nothing. */
  isSettled: boolean;
};

/** Launches of a runtime whose end nobody has recorded, without those of an open operation. */
export function launchesToProbe(reader: Reader, runtime: Session["runtime"]): LaunchToProbe[] {
  type Row = Omit<LaunchToProbe, "isSettled"> & { isSettled: number };
  const rows = reader.all<Row>("sessionsToProbe", { runtime });
  return rows.map((row) => ({ ...row, isSettled: row.isSettled === 1 }));
}

/** The task that a session was spawned with; empty when there was none. */
export function sessionPrompt(reader: Reader, id: string): string {
  const row = reader.one<{ prompt: string }>("sessionPrompt", { id });
  if (!row) throw notFound(id);
  return row.prompt;
}

/** Ids for completion in a shell. */
export function sessionIds(reader: Reader, withTerminated: boolean): string[] {
  const rows = reader.all<{ id: string }>("sessionIds", { withTerminated: Number(withTerminated) });
  return rows.map((row) => row.id);
}

/**
 * Writes what an observation changed, when nobody has changed the row since it was read.
 * Returns false when somebody has; the caller reads again.
 */
export function patchSession(tx: Transaction, session: Session, patch: SessionPatch): boolean {
  const next = { ...session, ...patch };
  return (
    tx.change("sessionPatch", {
      id: session.id,
      revision: session.revision,
      activity: next.activity,
      activityAt: next.activityAt,
      activityDetail: next.activityDetail && JSON.stringify(next.activityDetail),
      firstSignalAt: next.firstSignalAt,
      lastSignalAt: next.lastSignalAt,
      agentSessionId: next.agentSessionId,
      isTerminated: Number(next.isTerminated),
      terminationReason: next.terminationReason,
      terminatedAt: next.terminatedAt,
      exitCode: next.exitCode,
      exitSignal: next.exitSignal,
      exitedAt: next.exitedAt,
      detectingAttempts: next.detectingAttempts,
      detectingStartedAt: next.detectingStartedAt,
      detectingEvidenceHash: next.detectingEvidenceHash,
      healthyProbes: next.healthyProbes,
      stuckAt: next.stuckAt,
      now: tx.now,
    }) > 0
  );
}

/** Stores the base that a fetch has found. */
export function setBase(tx: Transaction, id: string, base: { ref: string; sha: string }): void {
  mustChange(
    tx.change("sessionSetBase", { id, baseRef: base.ref, baseSha: base.sha, now: tx.now }),
    id,
  );
}

/** Begins a new launch of a session: what the last one left is forgotten, the end included. */
export function setLaunch(
  tx: Transaction,
  id: string,
  launch: { launchId: string; runtime: Session["runtime"] },
): void {
  mustChange(tx.change("sessionSetLaunch", { id, ...launch, now: tx.now }), id);
}

/** Stores where the agent runs. Returns false when another launch has begun meanwhile. */
export function setHandle(tx: Transaction, id: string, launchId: string, handle: unknown): boolean {
  const runtimeHandle = JSON.stringify(handle);
  return tx.change("sessionSetHandle", { id, launchId, runtimeHandle, now: tx.now }) > 0;
}

/** What a person was told of a launch; the next launch is another story. */
const episodes = ["agent_exited", "stuck"];
const dialogs = ["needs_input", "needs_approval"];

/** Confirms that the launched agent really runs. */
export function setLaunched(tx: Transaction, id: string, launchId: string): void {
  mustChange(tx.change("sessionSetLaunched", { id, launchId, now: tx.now }), id);
  const { projectId, activity, activityDetail } = getSession(tx, id);
  // A fast agent asks before its launch is confirmed; that is of this launch, and waits.
  const asks = activity === "blocked" || activityDetail !== null;
  const over = asks ? episodes : [...episodes, ...dialogs];
  for (const type of over) resolveNotification(tx, type, { projectId, sessionId: id });
}

/** Gives a session another title. */
export function setTitle(tx: Transaction, id: string, title: string): void {
  mustChange(tx.change("sessionSetTitle", { id, title, now: tx.now }), id);
}

/** Writes the intent to end a session, before anything is done. False when it has ended already. */
export function setKillRequested(tx: Transaction, id: string): boolean {
  return tx.change("sessionSetKillRequested", { id, now: tx.now }) > 0;
}

/** Takes the intent back after the agent could not be stopped. */
export function clearKillRequested(tx: Transaction, id: string): void {
  mustChange(tx.change("sessionClearKillRequested", { id, now: tx.now }), id);
}

/** Ends a session. False when it had ended before. */
export function terminate(
  tx: Transaction,
  session: Pick<Session, "id" | "launchedAt">,
  reason: TerminationReason,
  escrowRef: string | null,
): boolean {
  const launchedAt = session.launchedAt;
  const { id } = session;
  return tx.change("sessionTerminate", { id, reason, escrowRef, launchedAt, now: tx.now }) > 0;
}

/** The launch columns of a session, as they were before a restore that came to nothing. */
export type LaunchColumns = Pick<
  Session,
  | "launchId"
  | "launchedAt"
  | "runtimeHandle"
  | "runtime"
  | "activity"
  | "activityAt"
  | "firstSignalAt"
  | "lastSignalAt"
  | "isTerminated"
  | "terminationReason"
  | "terminatedAt"
  | "exitCode"
  | "exitSignal"
  | "exitedAt"
  | "activityDetail"
  | "killRequestedAt"
  | "detectingAttempts"
  | "detectingStartedAt"
  | "detectingEvidenceHash"
  | "healthyProbes"
  | "stuckAt"
  | "cleanupAt"
>;

/** The launch columns of a session, and nothing else of it. */
export function launchColumns(from: LaunchColumns): LaunchColumns {
  const { launchId, launchedAt, runtimeHandle, runtime, activity, activityAt } = from;
  const { activityDetail, firstSignalAt, lastSignalAt, isTerminated, terminationReason } = from;
  const { terminatedAt, exitCode, exitSignal, exitedAt, killRequestedAt, cleanupAt } = from;
  const { detectingAttempts, detectingStartedAt, detectingEvidenceHash, healthyProbes } = from;
  return {
    ...{ launchId, launchedAt, runtimeHandle, runtime, activity, activityAt, activityDetail },
    ...{ firstSignalAt, lastSignalAt, isTerminated, terminationReason, terminatedAt },
    ...{ exitCode, exitSignal, exitedAt, killRequestedAt, cleanupAt, healthyProbes },
    ...{ detectingAttempts, detectingStartedAt, detectingEvidenceHash, stuckAt: from.stuckAt },
  };
}

/** Puts the launch columns back. */
export function revertLaunch(tx: Transaction, id: string, columns: LaunchColumns): void {
  const isTerminated = Number(columns.isTerminated);
  const activityDetail = columns.activityDetail && JSON.stringify(columns.activityDetail);
  const values = { ...columns, id, isTerminated, activityDetail, now: tx.now };
  mustChange(tx.change("sessionRevertLaunch", values), id);
}

/** Stores which escrow holds the session's work; null when there was none to keep. */
export function setEscrow(tx: Transaction, id: string, escrowRef: string | null): void {
  mustChange(tx.change("sessionSetEscrow", { id, escrowRef, now: tx.now }), id);
}

/** Starts the grace period of a clean-up, once. */
export function setCleanup(tx: Transaction, id: string): void {
  mustChange(tx.change("sessionSetCleanup", { id, now: tx.now }), id);
}

/** Notes that the worktree is gone (or back). */
export function setPurged(tx: Transaction, id: string, isPurged: boolean): void {
  const purgedAt = isPurged ? tx.now : null;
  mustChange(tx.change("sessionSetPurged", { id, purgedAt, now: tx.now }), id);
}

/**
 * Deletes a session's row with all that hangs on it; its events stay, with a tombstone. Throws
 * `not_found`.
 */
export function deleteSession(tx: Transaction, id: string): void {
  resolveNotificationsOf(tx, id);
  tx.change("prRelease", { sessionId: id, now: tx.now });
  mustChange(tx.change("sessionDelete", { id }), id);
}

function fromRow(row: SessionRow): Session {
  return {
    ...row,
    isTerminated: row.isTerminated === 1,
    terminateOnMerge: row.terminateOnMerge === 1,
    activityDetail: row.activityDetail === null ? null : JSON.parse(row.activityDetail),
  };
}

function mustChange(changes: number, id: string): void {
  if (changes === 0) throw notFound(id);
}

function notFound(id: string): AoError {
  const facts = { reason: "SESSION_NOT_FOUND" };
  return new AoError("not_found", `session ${id} not found`, "ao ls --all", facts);
}
