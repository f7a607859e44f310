import { isOpen, type PrFacts, prLadder, type PrRung, prStatus } from "./pr.ts";
import type { Session, TerminationReason } from "./session.ts";

/** How long a hooked agent may stay silent after its launch before that is worth showing. */
export const noSignalAfterMs = 90_000;

/** Output younger than this shows an agent without signals at work. */
export const terminalActiveMs = 2_000;

/** What a person is shown. Derived on reading, never stored. */
export type Status =
  | "merged"
  | "done"
  | "failed"
  | "killed"
  | "lost"
  | "spawning"
  | "needs_approval"
  | "needs_input"
  | "stuck"
  | "detecting"
  | "exited"
  | "working"
  | PrRung
  | "no_signal"
  | "idle"
  | "unknown";

/** A status with the rule that gave it, for `ao why`. */
export interface Derived {
  status: Status;
  rule: string;
}

/** What a status is derived from, besides the session's own row. */
export interface StatusFacts {
  session: Pick<
    Session,
    | "isTerminated"
    | "terminationReason"
    | "launchedAt"
    | "activity"
    | "activityAt"
    | "activityDetail"
    | "stuckAt"
    | "detectingStartedAt"
    | "firstSignalAt"
    | "lastSignalAt"
  >;
  prs: readonly PrFacts[];
  /** Whether this kind of agent reports what it does. */
  hasSignals: boolean;
  /** Milliseconds since the terminal's last output, for agents that have reported nothing. */
  terminalQuietMs?: number | undefined;
  /** What a known pattern on its screen shows, as long as the screen has not changed since. */
  screenShows?: "working" | "ready" | undefined;
  /** Its first signal comes with its first task, and this launch had none. */
  isTaskless?: boolean | undefined;
  now: number;
}

/** The display status of a session: the first rule of DESIGN §5 that matches. */
export function deriveStatus(facts: StatusFacts): Derived {
  return lifeStatus(facts) ?? dialogStatus(facts) ?? healthStatus(facts) ?? workStatus(facts);
}

const terminatedStatus: Record<TerminationReason, Status> = {
  pr_merged: "merged",
  agent_exited: "done",
  agent_failed: "failed",
  killed: "killed",
  runtime_lost: "lost",
};

function lifeStatus({ session }: StatusFacts): Derived | undefined {
  if (session.isTerminated) {
    const reason = session.terminationReason ?? "killed";
    return { status: terminatedStatus[reason], rule: `terminated: ${reason}` };
  }
  if (session.launchedAt === null) {
    return { status: "spawning", rule: "its launch is not confirmed yet" };
  }
  return undefined;
}

function dialogStatus({ session, prs }: StatusFacts): Derived | undefined {
  const detail = session.activityDetail;
  if (session.activity === "blocked") {
    if (detail && detail.kind !== "approval") {
      return { status: "needs_input", rule: `a ${detail.kind} dialog is on its screen` };
    }
    return { status: "needs_approval", rule: "an approval dialog is on its screen" };
  }
  if (session.activity !== "waiting_input") return undefined;
  if (detail?.kind === "question") {
    return { status: "needs_input", rule: "its last turn failed, and it waits for a person" };
  }
  if (prs.length === 0) {
    return { status: "needs_input", rule: "it waits for an instruction and has no pull request" };
  }
  return undefined;
}

function healthStatus({ session }: StatusFacts): Derived | undefined {
  if (session.stuckAt !== null) {
    return { status: "stuck", rule: "probes kept failing with the same evidence" };
  }
  if (session.detectingStartedAt !== null) {
    return { status: "detecting", rule: "the last probe was failed, unknown or contradictory" };
  }
  if (session.activity === "exited") {
    return { status: "exited", rule: "the agent's end is on record" };
  }
  return undefined;
}

function workStatus(facts: StatusFacts): Derived {
  const { session, hasSignals, terminalQuietMs, screenShows } = facts;
  if (session.activity === "active" && hasSignals) {
    const rule = isSeen(session)
      ? `it goes on after a dialog, ${unsaid}`
      : "its last signal: active";
    return { status: "working", rule };
  }
  if (!hasSignals && screenShows === "working") {
    return { status: "working", rule: "its screen shows that it works; it reports nothing itself" };
  }
  const isWriting = (terminalQuietMs ?? Infinity) < terminalActiveMs;
  if (isWriting && !hasSignals && screenShows !== "ready") {
    return { status: "working", rule: "its terminal wrote within the last 2 s" };
  }
  const rung = ladderStatus(facts.prs);
  if (rung) return { status: rung, rule: "the worst of its open pull requests" };
  if (hasSignals && session.firstSignalAt === null) return silentStatus(facts);
  if (hasSignals) return { status: "idle", rule: idleRule(session) };
  if (screenShows === "ready") {
    return { status: "idle", rule: "its screen shows its composer; it reports nothing itself" };
  }
  if (terminalQuietMs === undefined) {
    return { status: "unknown", rule: "nothing tells what it does" };
  }
  return { status: "idle", rule: "its terminal is silent; it reports nothing itself" };
}

/** Whether its screen, not a signal, has told the last of what it does. */
function isSeen({ activityAt, lastSignalAt }: StatusFacts["session"]): boolean {
  return lastSignalAt !== null && activityAt > lastSignalAt;
}

const unsaid = "and no signal has come since";

function idleRule(session: StatusFacts["session"]): string {
  const { activityAt, firstSignalAt } = session;
  if (isSeen(session)) return `its screen shows neither a dialog nor a turn, ${unsaid}`;
  if (activityAt < (firstSignalAt ?? 0)) return "its signals tell of its start, and of no turn yet";
  return "its signals: its last turn has ended";
}

/** An agent that reports what it does, but has not done so yet. */
function silentStatus({ session, terminalQuietMs, isTaskless, now }: StatusFacts): Derived {
  const age = now - (session.launchedAt ?? now);
  const isQuiet = Math.min(age, terminalQuietMs ?? age) >= terminalActiveMs;
  if (isTaskless && isQuiet) {
    const rule = "started without a task, and reports nothing before its first: a rule, no signal";
    return { status: "idle", rule };
  }
  return age >= noSignalAfterMs && !isTaskless
    ? { status: "no_signal", rule: "no signal within 90 s of its launch" }
    : { status: "unknown", rule: "no signal yet" };
}

function ladderStatus(prs: readonly PrFacts[]): PrRung | undefined {
  const status = prStatus(prs.filter(isOpen));
  return prLadder.find((rung) => rung === status);
}
