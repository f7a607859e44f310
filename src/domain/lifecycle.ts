import {
  evidenceHash,
  healthyProbesNeeded,
  judge,
  type Observation,
  stuckAfterAttempts,
  stuckAfterMs,
  type Verdict,
} from "./probe.ts";
import { type Activity, type ActivityDetail, reasonAfterExit, type Session } from "./session.ts";

/** The columns that an observation changes: only those, so that a rename meanwhile is kept. */
export type SessionPatch = Partial<
  Pick<
    Session,
    | "activity"
    | "activityAt"
    | "activityDetail"
    | "firstSignalAt"
    | "lastSignalAt"
    | "agentSessionId"
    | "isTerminated"
    | "terminationReason"
    | "terminatedAt"
    | "exitCode"
    | "exitSignal"
    | "exitedAt"
    | "detectingAttempts"
    | "detectingStartedAt"
    | "detectingEvidenceHash"
    | "healthyProbes"
    | "stuckAt"
  >
>;

/** What the agent itself reported. */
export interface Signal {
  launchId: string;
  /** Never the end: only the process itself shows that, with its exit code. */
  activity?: Exclude<Activity, "exited">;
  detail?: ActivityDetail | null;
  agentSessionId?: string;
  at: number;
}

/** The memory of an episode of detecting, forgotten. */
const noDetecting = {
  detectingAttempts: 0,
  detectingStartedAt: null,
  detectingEvidenceHash: null,
  healthyProbes: 0,
  stuckAt: null,
} satisfies SessionPatch;

/** Reduces a probe to the facts that it changes. A terminated session never comes back to life. */
export function reduceProbe(
  session: Session,
  seen: Observation,
  now: number,
): { verdict: Verdict; patch: SessionPatch } | undefined {
  if (session.isTerminated || session.activity === "exited") return undefined;
  const verdict = judge(seen, session, now);
  return { verdict, patch: patchFor(verdict, session, seen, now) };
}

/** Reduces the end of an agent, however it was learned. The session stays, to be restored. */
export function reduceExit(
  session: Session,
  exit: NonNullable<Observation["exit"]>,
): SessionPatch | undefined {
  if (session.isTerminated || session.activity === "exited") return undefined;
  return exitPatch(exit);
}

/** Reduces a signal. One from an older launch, or for a session that has ended, changes nothing. */
export function reduceSignal(session: Session, signal: Signal): SessionPatch | undefined {
  if (session.isTerminated || session.launchId !== signal.launchId) return undefined;
  if (session.activity === "exited") return undefined;
  const patch: SessionPatch = { lastSignalAt: signal.at, ...noDetecting };
  if (session.firstSignalAt === null) patch.firstSignalAt = signal.at;
  if (signal.agentSessionId) patch.agentSessionId = signal.agentSessionId;
  if (!signal.activity) return patch;
  if (signal.activity !== session.activity) {
    patch.activity = signal.activity;
    patch.activityAt = signal.at;
  }
  patch.activityDetail = signal.detail ?? null;
  return patch;
}

function patchFor(
  verdict: Verdict,
  session: Session,
  seen: Observation,
  now: number,
): SessionPatch {
  switch (verdict) {
    case "killed":
      return { ...terminated(reasonAfterExit(session), now), ...noDetecting };
    case "exited":
      return seen.exit ? exitPatch(seen.exit) : {};
    case "lost":
      return { ...terminated("runtime_lost", now), ...noDetecting };
    case "healthy":
      return healthyPatch(session);
    case "detecting":
      return detectingPatch(session, seen, now);
  }
}

function terminated(reason: Session["terminationReason"], now: number): SessionPatch {
  return { isTerminated: true, terminationReason: reason, terminatedAt: now };
}

function exitPatch(exit: NonNullable<Observation["exit"]>): SessionPatch {
  return {
    activity: "exited",
    activityAt: exit.at,
    activityDetail: null,
    exitCode: exit.exitCode,
    exitSignal: exit.signal,
    exitedAt: exit.at,
    ...noDetecting,
  };
}

function healthyPatch(session: Session): SessionPatch {
  if (session.detectingStartedAt === null) return {};
  const healthyProbes = session.healthyProbes + 1;
  return healthyProbes >= healthyProbesNeeded ? noDetecting : { healthyProbes };
}

function detectingPatch(session: Session, seen: Observation, now: number): SessionPatch {
  const hash = evidenceHash(seen.detail);
  const isSame = session.detectingEvidenceHash === hash;
  const attempts = isSame ? session.detectingAttempts + 1 : 1;
  const startedAt = session.detectingStartedAt ?? now;
  const isStuck = attempts >= stuckAfterAttempts || now - startedAt >= stuckAfterMs;
  return {
    detectingAttempts: attempts,
    detectingStartedAt: startedAt,
    detectingEvidenceHash: hash,
    healthyProbes: 0,
    // Kept through the episode: a second page for the same trouble helps nobody.
    stuckAt: session.stuckAt ?? (isStuck ? now : null),
  };
}
