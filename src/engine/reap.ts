import { reduceProbe, type SessionPatch } from "../domain/lifecycle.ts";
import { isOutage, outageDeadlineMs, type Verdict } from "../domain/probe.ts";
import type { Session } from "../domain/session.ts";
import type { RuntimeProbe } from "../runtime/port.ts";
import { recordEvidence } from "../store/evidence.ts";
import {
  notificationOpenSince,
  openNotification,
  resolveNotification,
} from "../store/notification.ts";
import { openOperations } from "../store/operation.ts";
import { getSession, listSessions, patchSession } from "../store/session.ts";
import type { Fence, Transaction } from "../store/store.ts";
import type { Engine } from "./engine.ts";
import { probeSessions } from "./probe.ts";

interface Judged {
  session: Session;
  probe: RuntimeProbe;
  verdict: Verdict;
  patch: SessionPatch;
}

export interface ReapOptions {
  /** Which runtimes are looked at: a short command asks only those that cost no process. */
  runtimes: readonly Session["runtime"][];
  fence?: Fence;
  now: number;
}

/**
 * Looks at every live session once and writes what has changed. Four-valued probes go into the
 * reducer unchanged. Many deaths at once are an outage of the runtime, not deaths.
 */
export async function reap(engine: Engine, options: ReapOptions): Promise<void> {
  const busy = new Set(openOperations(engine.store).map((operation) => operation.sessionId));
  const sessions = listSessions(engine.store).filter(
    (session) =>
      session.launchedAt !== null &&
      session.activity !== "exited" &&
      options.runtimes.includes(session.runtime) &&
      !busy.has(session.id),
  );
  if (sessions.length === 0) return;
  const probes = await probeSessions(engine, sessions);
  const judged = sessions.flatMap((session) => {
    const probe = probes.get(session.id);
    const reduced = probe && reduceProbe(session, probe, options.now);
    return probe && reduced ? [{ session, probe, ...reduced }] : [];
  });
  const lost = judged.filter(({ verdict }) => verdict === "lost");
  const held = holdOutage(engine, lost, judged.length, options);
  for (const one of judged) if (!held.has(one.session.id)) settle(engine, one, options);
}

/**
 * Opens, keeps or ends the outage of each project's runtime. Returns the sessions that are not
 * to be judged in this pass.
 */
function holdOutage(
  engine: Engine,
  lost: readonly Judged[],
  probed: number,
  { now, fence }: ReapOptions,
): Set<string> {
  const isNow = isOutage(lost.length, probed);
  const held = new Set<string>();
  for (const projectId of new Set(listSessions(engine.store).map((one) => one.projectId))) {
    const mine = lost.filter(({ session }) => session.projectId === projectId);
    const type = "runtime_unreachable";
    const since = notificationOpenSince(engine.store, type, projectId);
    if (since === undefined && (!isNow || mine.length === 0)) continue;
    const isOver = !isNow || now - (since ?? now) >= outageDeadlineMs;
    if (!isOver) for (const { session } of mine) held.add(session.id);
    engine.store.write((tx) => {
      if (isOver) resolveNotification(tx, type, { projectId, sessionId: null });
      else announceOutage(tx, projectId, mine.length);
    }, fence);
  }
  return held;
}

function announceOutage(tx: Transaction, projectId: string, count: number): void {
  openNotification(tx, {
    projectId,
    sessionId: null,
    type: "runtime_unreachable",
    title: `${count} sessions vanished at once`,
    body: "taken for an outage of the terminals, not for deaths; judged again each pass",
  });
}

function settle(engine: Engine, judged: Judged, { fence }: ReapOptions): void {
  const { session, probe, verdict, patch } = judged;
  const isQuiet = verdict === "healthy" && Object.keys(patch).length === 0;
  if (isQuiet) return;
  engine.store.write((tx) => {
    if (!patchSession(tx, session, patch)) return;
    const seen = `runtime ${probe.runtime}, agent ${probe.agent}: ${probe.detail}`;
    recordEvidence(tx, session.id, { source: "process", verdict, detail: seen });
    notifyAbout(tx, getSession(tx, session.id), session);
  }, fence);
}

/** Tells the person of what changed between two states of a session, once per episode. */
export function notifyAbout(tx: Transaction, after: Session, before: Session): void {
  const { projectId, id: sessionId } = after;
  const about = { projectId, sessionId };
  if (after.stuckAt !== null && before.stuckAt === null) {
    const body = `\`ao why ${sessionId}\` shows what was seen`;
    openNotification(tx, { ...about, type: "stuck", title: `${sessionId} is stuck`, body });
  }
  if (after.stuckAt === null && before.stuckAt !== null) resolveNotification(tx, "stuck", about);
  const isByItself = after.killRequestedAt === null;
  if (after.activity === "exited" && before.activity !== "exited" && isByItself) {
    const how = after.exitSignal ?? `exit code ${after.exitCode}`;
    const body = `\`ao session restore ${sessionId}\` continues it`;
    const title = `the agent of ${sessionId} ended (${how})`;
    openNotification(tx, { ...about, type: "agent_exited", title, body });
  }
}
