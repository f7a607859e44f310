import { existsSync } from "node:fs";

import { agents } from "../agent/table.ts";
import { reasonAfterExit, type Session, type TerminationReason } from "../domain/session.ts";
import { messageOf } from "../error.ts";
import type { ProcessIdentity } from "../process/identity.ts";
import { settleInbox } from "../store/message.ts";
import { resolveNotification } from "../store/notification.ts";
import type { Operation } from "../store/operation.ts";
import { getProject } from "../store/project.ts";
import { clearKillRequested, getSession, setKillRequested, terminate } from "../store/session.ts";
import type { Engine } from "./engine.ts";
import { settleMerged } from "./github/merged.ts";
import { failUnconfirmed } from "./inbox.ts";
import {
  adoptedJournal,
  beginOperation,
  type Journal,
  type JournalData,
  seeThrough,
  type Step,
  takeSteps,
} from "./journal.ts";
import { abortOpencode } from "./opencode/opencode.ts";
import { launchOf, stopGraceMs, stopLaunch } from "./stop.ts";
import { escrowWork } from "./workspace.ts";

export interface KillResult {
  session: Session;
  /** False when it had ended before. */
  isNew: boolean;
  /** The ref that holds the work, when there was any that the base does not have. */
  escrowRef: string | null;
  /** Why the work could not be put into escrow; the worktree stays in any case. */
  escrowError?: string;
  /** Processes that even SIGKILL did not end. */
  survivors: ProcessIdentity[];
}

interface KillData extends JournalData {
  graceMs: number;
  escrowRef: string | null;
  escrowError?: string;
  survivors: ProcessIdentity[];
  /** Why it ends; absent: it was killed, or its agent had ended before. */
  reason?: TerminationReason;
}

interface KillContext {
  engine: Engine;
  journal: Journal<KillData>;
}

/**
 * Ends a session: the intent is written, the agent with all its processes is stopped, the work
 * goes into escrow, and the row is released. The worktree stays. Throws `not_found`, `conflict`.
 */
export async function kill(
  engine: Engine,
  id: string,
  options: { graceMs?: number; reason?: TerminationReason } = {},
): Promise<KillResult> {
  const data: KillData = {
    graceMs: options.graceMs ?? stopGraceMs,
    escrowRef: null,
    survivors: [],
    ...(options.reason ? { reason: options.reason } : {}),
  };
  const journal = engine.store.write((tx) => {
    const session = getSession(tx, id);
    if (session.isTerminated) return undefined;
    const { projectId } = session;
    const intent = { kind: "kill" as const, sessionId: id, projectId, step: "intent", data };
    const begun = beginOperation(engine, tx, intent);
    setKillRequested(tx, id);
    return begun;
  });
  if (!journal) {
    const session = getSession(engine.store, id);
    return { session, isNew: false, escrowRef: session.escrowRef, survivors: [] };
  }
  return await seeThrough(journal, () => finishKill({ engine, journal }));
}

/** Finishes what a dead process began: a kill is never undone. */
export async function resumeKill(engine: Engine, operation: Operation): Promise<void> {
  const journal = adoptedJournal(engine, operation, (data) => data as KillData);
  await finishKill({ engine, journal });
}

/** The steps of a kill; none is undone. */
export const killSteps: readonly Step<KillContext>[] = [
  { name: "stop", label: "stop the agent", run: stop },
  { name: "escrow", label: "put its work into escrow", run: escrow },
  { name: "release", run: release },
];

async function finishKill(context: KillContext): Promise<KillResult> {
  const { journal } = context;
  // Once begun it is finished: ctrl-C must not leave an agent stopped and its session alive.
  const engine = { ...context.engine, interrupt: new AbortController().signal };
  await takeSteps(engine, journal, killSteps, context, (error) => takeBack(context, error));
  const { escrowRef, escrowError, survivors } = journal.data;
  const session = getSession(engine.store, journal.sessionId);
  const result = { session, isNew: true, escrowRef, survivors };
  return escrowError === undefined ? result : { ...result, escrowError };
}

/** The agent could not be stopped: the row must not go on saying that it is being killed. */
function takeBack({ engine, journal }: KillContext, error: string): void {
  engine.store.write((tx) => {
    if (!getSession(tx, journal.sessionId).isTerminated) clearKillRequested(tx, journal.sessionId);
    journal.finish(tx, error);
  });
}

async function stop({ engine, journal }: KillContext): Promise<void> {
  const session = getSession(engine.store, journal.sessionId);
  await breakOffTurn(engine, session);
  const launch = launchOf(session);
  if (launch) journal.data.survivors = await stopLaunch(engine, launch, journal.data.graceMs);
}

/** The agent is ended in any case, so what keeps its turn from being broken off is no failure. */
async function breakOffTurn(engine: Engine, session: Session): Promise<void> {
  const isAtWork = session.activity === "active" || session.activity === "blocked";
  if (!isAtWork || agents.get(session.agent)?.receipts !== "http") return;
  await abortOpencode(engine, session, (error) => engine.progress.note(messageOf(error)));
}

/** A kill removes nothing, so a full disk must not keep an agent from being stopped. */
async function escrow({ engine, journal }: KillContext): Promise<void> {
  const session = getSession(engine.store, journal.sessionId);
  const { path: root } = getProject(engine.store, session.projectId);
  if (!existsSync(session.worktreePath) || session.baseSha === "") return;
  const { worktreePath: worktree, branch, baseSha } = session;
  try {
    const taken = await escrowWork(
      engine,
      session.id,
      { root, worktree, branch, baseSha },
      "killed",
    );
    journal.data.escrowRef = taken?.ref ?? null;
  } catch (error) {
    journal.data.escrowError = messageOf(error);
  }
}

function release({ engine, journal }: KillContext): void {
  engine.store.write((tx) => {
    const session = getSession(tx, journal.sessionId);
    const { reason = reasonAfterExit(session), escrowRef } = journal.data;
    terminate(tx, session, reason, escrowRef);
    if (reason === "pr_merged") settleMerged(tx, session.id);
    const why = reason === "pr_merged" ? "its pull request was merged" : "the session was killed";
    settleInbox(tx, session.id, "expired", why);
    failUnconfirmed(tx, session);
    for (const type of ["stuck", "agent_exited", "needs_input", "needs_approval"]) {
      resolveNotification(tx, type, { projectId: session.projectId, sessionId: session.id });
    }
    journal.finish(tx);
  });
}
