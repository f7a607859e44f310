import { existsSync } from "node:fs";

import { agents } from "../agent/table.ts";
import { type PrFacts, type PrStatus, prStatus } from "../domain/pr.ts";
import type { Session } from "../domain/session.ts";
import { type Derived, deriveStatus, type Status } from "../domain/status.ts";
import { isoTime } from "../domain/time.ts";
import { launchPath, readLaunchSpec } from "../runtime/launch.ts";
import { findEvidence } from "../store/evidence.ts";
import { prsBySession, prsOfSession } from "../store/pr.ts";
import { getSession, listSessions, type SessionFilter } from "../store/session.ts";
import type { Engine } from "./engine.ts";
import { sessionDirectory } from "./paths.ts";
import { terminalQuietMs } from "./terminal.ts";

/** A session as every surface shows it: the stable contract of `--json`. Times are RFC 3339. */
export interface SessionView {
  id: string;
  projectId: string;
  title: string;
  agent: string;
  model: string | null;
  mode: string;
  runtime: string;
  branch: string;
  baseRef: string;
  baseSha: string;
  worktreePath: string;
  status: Status;
  prStatus: PrStatus | null;
  activity: string;
  activityDetail: { kind: string; text: string } | null;
  activityAt: string;
  isTerminated: boolean;
  terminationReason: string | null;
  exitCode: number | null;
  exitSignal: string | null;
  agentSessionId: string | null;
  issue: string | null;
  escrowRef: string | null;
  isPurged: boolean;
  createdAt: string;
  updatedAt: string;
  prs: Pick<PrFacts, "url" | "number" | "title" | "state" | "ci" | "review" | "mergeability">[];
}

/** Sessions with their derived status; one read of each table, whatever their number. */
export function sessionViews(engine: Engine, filter: SessionFilter): SessionView[] {
  const prs = prsBySession(engine.store);
  const now = Date.now();
  return listSessions(engine.store, filter).map((session) =>
    viewOf(engine, session, prs.get(session.id) ?? [], now),
  );
}

/** One session with its derived status. Throws `not_found`. */
export function sessionView(engine: Engine, id: string): SessionView {
  const session = getSession(engine.store, id);
  return viewOf(engine, session, prsOfSession(engine.store, id), Date.now());
}

/** The status of a session with the rule that gave it. */
export function statusOf(
  engine: Engine,
  session: Session,
  prs: readonly PrFacts[],
  now: number,
): Derived {
  const { hasSignals = false, announcesStart = false } = agents.get(session.agent) ?? {};
  const isSilent = !hasSignals || (session.firstSignalAt === null && !announcesStart);
  const isAsked = isSilent && !session.isTerminated && session.activity !== "exited";
  if (!isAsked) return deriveStatus({ session, prs, hasSignals, now });
  const quietMs = terminalQuietMs(engine.dataDir, session.id, now);
  return deriveStatus({
    session,
    prs,
    hasSignals,
    terminalQuietMs: quietMs,
    screenShows: screenShows(engine, session, now - (quietMs ?? 0)),
    isTaskless: isTaskless(engine, session),
    now,
  });
}

/** What was seen on the screen of an agent that a person defined, while that still stands there. */
function screenShows(
  engine: Engine,
  session: Session,
  wroteAt: number,
): "working" | "ready" | undefined {
  if (agents.has(session.agent)) return undefined;
  const seen = findEvidence(engine.store, session.id, "screen");
  if (!seen || seen.at < wroteAt || seen.at < (session.launchedAt ?? 0)) return undefined;
  return seen.verdict === "working" || seen.verdict === "ready" ? seen.verdict : undefined;
}

/** Whether an agent that reports nothing before its first task was started without one. */
export function isTaskless(engine: Engine, { id, agent, launchId }: Session): boolean {
  const adapter = agents.get(agent);
  if (!adapter?.hasSignals || adapter.announcesStart) return false;
  const path = launchPath(sessionDirectory(engine.dataDir, id));
  if (!existsSync(path)) return false;
  const spec = readLaunchSpec(path);
  return spec.launchId === launchId && spec.hasTask === false;
}

function viewOf(
  engine: Engine,
  session: Session,
  prs: readonly PrFacts[],
  now: number,
): SessionView {
  return {
    id: session.id,
    projectId: session.projectId,
    title: session.title,
    agent: session.agent,
    model: session.model,
    mode: session.mode,
    runtime: session.runtime,
    branch: session.branch,
    baseRef: session.baseRef,
    baseSha: session.baseSha,
    worktreePath: session.worktreePath,
    status: statusOf(engine, session, prs, now).status,
    prStatus: prStatus(prs),
    activity: session.activity,
    activityDetail: session.activityDetail,
    activityAt: isoTime(session.activityAt),
    isTerminated: session.isTerminated,
    terminationReason: session.terminationReason,
    exitCode: session.exitCode,
    exitSignal: session.exitSignal,
    agentSessionId: session.agentSessionId,
    issue: session.issue,
    escrowRef: session.escrowRef,
    isPurged: session.purgedAt !== null,
    createdAt: isoTime(session.createdAt),
    updatedAt: isoTime(session.updatedAt),
    prs: prs.map(({ url, number, title, state, ci, review, mergeability }) => ({
      url,
      number,
      title,
      state,
      ci,
      review,
      mergeability,
    })),
  };
}
