import { agents } from "../agent/table.ts";
import { reduceProbe, type SessionPatch } from "../domain/lifecycle.ts";
import { isOutage, outageDeadlineMs, type Verdict } from "../domain/probe.ts";
import type { Session } from "../domain/session.ts";
import type { RuntimeName, RuntimeProbe } from "../runtime/port.ts";
import { recordEvidence } from "../store/evidence.ts";
import {
  findOpenNotification,
  openNotification,
  resolveNotification,
} from "../store/notification.ts";
import { openOperationOf } from "../store/operation.ts";
import { listProjects } from "../store/project.ts";
import { findSession, getSession, launchesToProbe, patchSession } from "../store/session.ts";
import type { Fence, Transaction } from "../store/store.ts";
import { applyAgentState } from "./agent-state.ts";
import type { Engine } from "./engine.ts";
import { failUnconfirmed } from "./inbox.ts";
import { probeSessions } from "./probe.ts";

interface Judged {
  session: Session;
  probe: RuntimeProbe;
  verdict: Verdict;
  patch: SessionPatch;
}

export interface ReapOptions {
  /** Which runtimes are looked at: a short command asks only those that cost no process. */
  runtimes: readonly RuntimeName[];
  fence?: Fence;
  now: number;
}

/**
 * Looks at every live session once and writes what has changed. Four-valued probes go into the
 * reducer unchanged. Many deaths at once are an outage of the runtime, not deaths.
 */
export async function reap(engine: Engine, options: ReapOptions): Promise<void> {
  for (const runtime of options.runtimes) await reapRuntime(engine, runtime, options);
}

async function reapRuntime(engine: Engine, runtime: RuntimeName, options: ReapOptions) {
  const launches = launchesToProbe(engine.store, runtime);
  // Those that had vanished may all have been killed since: that ends their outage too.
  if (launches.length === 0) return void holdOutage(engine, runtime, nobody, options);
  const probes = await probeSessions(engine, launches);
  const judged = launches.flatMap(({ id, isSettled }) => {
    const probe = probes.get(id);
    const isQuiet = isSettled && probe?.runtime === "alive" && probe.agent === "alive";
    return probe && !isQuiet ? (judgeOne(engine, id, probe, options.now) ?? []) : [];
  });
  const lost = judged.filter(({ verdict }) => verdict === "lost");
  const held = holdOutage(engine, runtime, { lost, probed: probes.size }, options);
  for (const one of judged) if (!held.has(one.session.id)) settle(engine, one, options);
  for (const { id, agent } of launches) {
    if (!agents.get(agent)?.state) continue;
    applyAgentState(engine, getSession(engine.store, id), options.fence);
  }
}

/** Most launches are well and need no more than their probe; only the others are read whole. */
function judgeOne(
  engine: Engine,
  id: string,
  probe: RuntimeProbe,
  now: number,
): Judged | undefined {
  const session = findSession(engine.store, id);
  const reduced = session && reduceProbe(session, probe, now);
  return session && reduced && { session, probe, ...reduced };
}

/**
 * Looks at one session now, so that a command need not act on what has been true before. Returns
 * what was seen; undefined where there is nothing to look at.
 */
export async function reapOne(engine: Engine, id: string): Promise<RuntimeProbe | undefined> {
  const session = getSession(engine.store, id);
  if (session.launchedAt === null || openOperationOf(engine.store, id)) return undefined;
  const probe = (await probeSessions(engine, [session])).get(id);
  const reduced = probe && reduceProbe(session, probe, Date.now());
  // Whether a loss is an outage can be told only by looking at all of them.
  if (reduced && reduced.verdict !== "lost") settle(engine, { session, probe, ...reduced }, {});
  return probe;
}

/**
 * Opens, keeps or ends the outage of one runtime in each project. Returns the sessions that are
 * not to be judged in this pass.
 */
function holdOutage(
  engine: Engine,
  runtime: RuntimeName,
  { lost, probed }: { lost: readonly Judged[]; probed: number },
  { now, fence }: ReapOptions,
): Set<string> {
  const held = new Set<string>();
  for (const { id: projectId } of listProjects(engine.store, true)) {
    const mine = lost.filter(({ session }) => session.projectId === projectId);
    const open = findOpenNotification(engine.store, outage, projectId);
    const since = open?.title.endsWith(mark(runtime)) ? open.createdAt : undefined;
    const isNow = isOutage(lost.length, probed) && mine.length > 0;
    if (since === undefined && !isNow) continue;
    const isOver = !isNow || now - (since ?? now) >= outageDeadlineMs;
    if (!isOver) for (const { session } of mine) held.add(session.id);
    if (!isOver && since !== undefined) continue;
    engine.store.write((tx) => {
      if (isOver) resolveNotification(tx, outage, { projectId, sessionId: null });
      else announceOutage(tx, projectId, runtime, mine.length);
    }, fence);
  }
  return held;
}

const outage = "runtime_unreachable";

const nobody = { lost: [], probed: 0 };

/** The end of an outage's title: each runtime has outages of its own. */
function mark(runtime: RuntimeName): string {
  return ` (runtime ${runtime})`;
}

function announceOutage(
  tx: Transaction,
  projectId: string,
  runtime: RuntimeName,
  count: number,
): void {
  const sessions = count === 1 ? "1 session" : `${count} sessions`;
  openNotification(tx, {
    projectId,
    sessionId: null,
    type: outage,
    title: `${sessions} vanished at once${mark(runtime)}`,
    body: "taken for an outage of the terminals, not for deaths; judged again each pass",
  });
}

function settle(engine: Engine, judged: Judged, { fence }: Pick<ReapOptions, "fence">): void {
  const { session, probe, verdict, patch } = judged;
  const isQuiet = verdict === "healthy" && Object.keys(patch).length === 0;
  if (isQuiet) return;
  engine.store.write((tx) => {
    if (!patchSession(tx, session, patch)) return;
    const seen = `runtime ${probe.runtime}, agent ${probe.agent}: ${probe.detail}`;
    recordEvidence(tx, session.id, { source: "process", verdict, detail: seen });
    const after = getSession(tx, session.id);
    if (after.isTerminated) failUnconfirmed(tx, after);
    notifyAbout(tx, after, session);
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
  if (hasEnded(after) && !hasEnded(before)) {
    for (const type of ["needs_approval", "needs_input"]) resolveNotification(tx, type, about);
  }
  const isByItself = after.killRequestedAt === null;
  if (after.activity === "exited" && before.activity !== "exited" && isByItself) {
    const how = after.exitSignal ?? `exit code ${after.exitCode}`;
    const body = `\`ao session restore ${sessionId}\` continues it`;
    const title = `the agent of ${sessionId} ended (${how})`;
    openNotification(tx, { ...about, type: "agent_exited", title, body });
  }
}

/** Whether nobody is there any more who could ask for anything. */
function hasEnded({ isTerminated, activity }: Session): boolean {
  return isTerminated || activity === "exited";
}
