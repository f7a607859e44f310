import { existsSync } from "node:fs";

import { agents } from "../agent/table.ts";
import { label } from "../domain/foreign.ts";
import type { Session } from "../domain/session.ts";
import type { Status } from "../domain/status.ts";
import { isoTime } from "../domain/time.ts";
import { AoError, messageOf } from "../error.ts";
import { headOf } from "../git/worktree.ts";
import type { RuntimeProbe } from "../runtime/port.ts";
import { type Evidence, findEvidence, listEvidence } from "../store/evidence.ts";
import { listMessages, messageBody } from "../store/message.ts";
import { openOperationOf } from "../store/operation.ts";
import { prsOfSession } from "../store/pr.ts";
import { getSession } from "../store/session.ts";
import type { Engine } from "./engine.ts";
import { probeSessions } from "./probe.ts";
import { watchScreen } from "./screen-watch.ts";
import { screenOf, terminalQuietMs } from "./terminal.ts";
import { isTaskless, statusOf } from "./view.ts";
import { excludesOf } from "./workspace.ts";

export interface Explanation {
  sessionId: string;
  status: Status;
  /** The rule that turned the evidence into the status. */
  rule: string;
  /** The latest of each source, and of a probe made now. */
  evidence: Evidence[];
  contradictions: string[];
  /** An operation that is under way or waits to be recovered. */
  operation: { kind: string; step: string; ownerPid: number } | null;
  /** The last texts for its agent, newest first. */
  messages: ExplainedMessage[];
  /** The end of its screen, where nothing else tells why it is silent. */
  screen: string[] | null;
}

export interface ExplainedMessage {
  id: string;
  state: string;
  error: string | null;
  /** Who wrote it: the person, `ao` itself, or what happened on a pull request. */
  source: string;
  /** How it begins. */
  text: string;
}

/** A hook signal this young contradicts an agent that looks dead. */
const freshMs = 60_000;

/** Programs draw their progress every second, or every few where a command of theirs is silent. */
const silentMs = 60_000;

/** As much of a message as tells which one it is. */
const textLength = 100;

/** So many lines of a screen show a dialog, and fit beside the rest. */
const screenLines = 20;

/** The evidence behind a session's status. Throws `not_found`. */
export async function explain(engine: Engine, id: string): Promise<Explanation> {
  await watchScreen(engine, getSession(engine.store, id));
  const session = getSession(engine.store, id);
  const now = Date.now();
  const derived = statusOf(engine, session, prsOfSession(engine.store, id), now);
  const probe = (await probeSessions(engine, [session])).get(id);
  const evidence = new Map(
    listEvidence(engine.store, id).map((one): [string, Evidence] => [one.source, one]),
  );
  for (const fresh of await freshEvidence(engine, session, probe, now)) {
    evidence.set(fresh.source, fresh);
  }
  const operation = openOperationOf(engine.store, id);
  return {
    sessionId: id,
    status: derived.status,
    rule: derived.rule,
    evidence: [...evidence.values()],
    contradictions: [
      ...contradictions(session, probe, now),
      ...silentWork(engine, session, derived.status, now),
    ],
    operation: operation
      ? { kind: operation.kind, step: operation.step, ownerPid: operation.ownerPid }
      : null,
    messages: lastMessages(engine, id),
    screen: derived.status === "no_signal" ? await endOfScreen(engine, id) : null,
  };
}

/** The same as every surface shows it: the stable contract of `--json`. Times are RFC 3339. */
export function whyJson(found: Explanation) {
  return { ...found, evidence: found.evidence.map((one) => ({ ...one, at: isoTime(one.at) })) };
}

function lastMessages({ store }: Engine, sessionId: string): ExplainedMessage[] {
  return listMessages(store, sessionId, 5).map(({ id, state, error, source }) => {
    const [line = ""] = messageBody(store, id).trimStart().split("\n", 1);
    return { id, state, error, source, text: label(line, textLength) };
  });
}

async function endOfScreen(engine: Engine, id: string): Promise<string[] | null> {
  try {
    const { lines } = await screenOf(engine, id);
    return lines.filter((line) => line.trim() !== "").slice(-screenLines);
  } catch (error) {
    // A terminal that does not answer is told of by its probe.
    if (error instanceof AoError) return null;
    throw error;
  }
}

async function freshEvidence(
  engine: Engine,
  session: Session,
  probe: RuntimeProbe | undefined,
  now: number,
): Promise<Evidence[]> {
  const found: Evidence[] = [];
  if (probe && !session.isTerminated) {
    const verdict = `runtime ${probe.runtime}, agent ${probe.agent}`;
    found.push({ source: "process", verdict, detail: probe.detail, at: now });
  }
  const quietMs = terminalQuietMs(engine.dataDir, session.id, now);
  if (quietMs !== undefined) {
    const detail = "when its terminal last printed something; not what it means";
    found.push({ source: "terminal", verdict: "wrote", detail, at: now - quietMs });
  }
  found.push(signalEvidence(engine, session, now), await gitEvidence(engine, session, now));
  return found;
}

/** What the agent itself has told last; what its screen or a person has told is another source. */
function signalEvidence(engine: Engine, session: Session, now: number): Evidence {
  const { firstSignalAt, lastSignalAt } = session;
  if (lastSignalAt !== null) {
    const told = findEvidence(engine.store, session.id, "hook");
    // One of an earlier launch tells nothing of this one.
    if (told && told.at >= (firstSignalAt ?? 0)) return told;
    const detail = "it reports, but has told nothing of what it does";
    return { source: "hook", verdict: "alive", detail, at: lastSignalAt };
  }
  const hasSignals = agents.get(session.agent)?.hasSignals ?? false;
  const isRule = hasSignals && isTaskless(engine, session);
  const silence = isRule
    ? "it was started without a task, and reports nothing before its first"
    : "no signal since its launch";
  const detail = hasSignals ? silence : `agent ${session.agent} does not report what it does`;
  return { source: "hook", verdict: "none", detail, at: now };
}

async function gitEvidence(engine: Engine, session: Session, now: number): Promise<Evidence> {
  const path = session.worktreePath;
  if (!existsSync(path)) return { source: "git", verdict: "no worktree", detail: path, at: now };
  try {
    const head = await headOf(path, { env: excludesOf(engine, session.id) });
    const verdict = head.isDirty ? "uncommitted work" : "clean";
    const branch = head.branch ?? "no branch";
    return { source: "git", verdict, detail: `${branch} at ${head.sha.slice(0, 12)}`, at: now };
  } catch (error) {
    return { source: "git", verdict: "failed", detail: messageOf(error), at: now };
  }
}

/**
 * A program at work draws its progress: a turn that was broken off by hand raises no hook in some
 * programs, which then call themselves at work until the next.
 */
function silentWork(engine: Engine, session: Session, status: Status, now: number): string[] {
  const quietMs = terminalQuietMs(engine.dataDir, session.id, now) ?? 0;
  if (status !== "working" || quietMs < silentMs) return [];
  const minutes = Math.floor(quietMs / 60_000);
  return [`its signals say that it works, but its terminal has been silent for ${minutes} min`];
}

/** What cannot be true at once, in words. */
function contradictions(session: Session, probe: RuntimeProbe | undefined, now: number): string[] {
  const found: string[] = [];
  if (probe?.runtime === "dead" && probe.agent === "alive") {
    found.push("its terminal is gone, but its agent runs");
  }
  const isFresh = now - (session.lastSignalAt ?? -Infinity) < freshMs;
  if (probe?.agent === "dead" && isFresh && session.activity !== "exited") {
    found.push("its agent looks dead, but has reported within the last minute");
  }
  if (session.isTerminated && probe?.agent === "alive") {
    found.push("the session has ended, but its agent runs");
  }
  if (session.activity === "exited" && probe?.agent === "alive") {
    found.push("the agent's end is on record, but its process runs");
  }
  return found;
}
