import { existsSync } from "node:fs";

import { agentNamed } from "../agent/table.ts";
import type { Session } from "../domain/session.ts";
import { AoError, messageOf } from "../error.ts";
import { listEscrow, restoreEscrow } from "../git/recover.ts";
import { checkoutWorktree, isRegistered } from "../git/worktree.ts";
import type { RuntimeName } from "../runtime/port.ts";
import { getProject } from "../store/project.ts";
import {
  getSession,
  type LaunchColumns,
  revertLaunch,
  sessionPrompt,
  setLaunch,
  setLaunched,
  setPurged,
} from "../store/session.ts";
import { loadConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import {
  adoptedJournal,
  beginOperation,
  type Journal,
  type JournalData,
  type Step,
  takeSteps,
  undoSteps,
} from "./journal.ts";
import { dropPreviousSpec, prepareLaunch, revertLaunchSpec, startLaunch } from "./launch.ts";
import { sessionDirectory } from "./paths.ts";
import { probeSessions } from "./probe.ts";
import { provision } from "./provision.ts";
import { confirmRunning } from "./settle.ts";
import { abortLaunch, launchOf, stopLaunch } from "./stop.ts";
import { excludesOf, settleChildren, withRepository } from "./workspace.ts";

export interface RestoreResult {
  session: Session;
  /** `native`: the same conversation goes on; `fresh`: it starts anew, with the task again. */
  conversation: "native" | "fresh";
}

interface RestoreData extends JournalData {
  launchId: string;
  runtime: RuntimeName;
  previous: LaunchColumns;
}

interface RestoreContext {
  engine: Engine;
  journal: Journal<RestoreData>;
}

/**
 * Brings a session back in its own worktree, which is made again only when it is gone.
 * Throws `conflict` for one that still runs, `failed` when the agent ends at once; then
 * everything is as before.
 */
export async function restore(engine: Engine, id: string): Promise<RestoreResult> {
  const before = getSession(engine.store, id);
  await refuseRunning(engine, before);
  if (!isNative(before)) engine.progress.note("its conversation starts anew");
  const journal = begin(engine, before);
  const context = { engine, journal };
  try {
    await takeSteps(engine, journal, restoreSteps, context);
  } catch (error) {
    putBack(context, messageOf(error));
    throw error;
  }
  dropPreviousSpec(sessionDirectory(engine.dataDir, id));
  const session = engine.store.write((tx) => {
    setLaunched(tx, id, journal.data.launchId);
    journal.finish(tx);
    return getSession(tx, id);
  });
  return { session, conversation: isNative(session) ? "native" : "fresh" };
}

/** Undoes a restore that a dead process began. */
export async function undoRestore(
  engine: Engine,
  operation: Parameters<typeof adoptedJournal>[1],
): Promise<void> {
  const journal = adoptedJournal(engine, operation, (data) => data as RestoreData);
  const context = { engine, journal };
  const last = restoreSteps.findIndex((step) => step.name === operation.step);
  await settleChildren(journal.data.children ?? []);
  await undoSteps(journal, restoreSteps.slice(0, last + 1), context);
  putBack(context, "its process died");
}

/** Whether a restore continues the agent's own conversation; told before it starts. */
export function isNative(session: Pick<Session, "agent" | "agentSessionId">): boolean {
  return agentNamed(session.agent).resume !== undefined && session.agentSessionId !== null;
}

const restoreSteps: readonly Step<RestoreContext>[] = [
  { name: "intent", run: () => {} },
  { name: "sweep", run: sweep },
  { name: "worktree", label: "bring the worktree back", run: bringWorktree },
  { name: "launch", label: "start the agent", run: launch, undo: unlaunch },
  { name: "confirm", label: "see it run", run: confirm },
];

async function refuseRunning(engine: Engine, session: Session): Promise<void> {
  if (session.isTerminated || session.activity === "exited") return;
  const probe = (await probeSessions(engine, [session])).get(session.id);
  if (probe?.runtime === "dead" && probe.agent === "dead") return;
  throw new AoError("conflict", `session ${session.id} has not ended`, `ao attach ${session.id}`);
}

function begin(engine: Engine, before: Session): Journal<RestoreData> {
  const launchId = crypto.randomUUID();
  const { runtime, id, projectId } = before;
  const data: RestoreData = { launchId, runtime, previous: before };
  return engine.store.write((tx) => {
    const intent = { kind: "restore" as const, sessionId: id, projectId, step: "intent", data };
    const journal = beginOperation(engine, tx, intent);
    setLaunch(tx, id, { launchId, runtime });
    return journal;
  });
}

/** What the last launch left running would be a second agent in the same worktree. */
async function sweep({ engine, journal }: RestoreContext): Promise<void> {
  const old = launchOf({
    ...getSession(engine.store, journal.sessionId),
    ...journal.data.previous,
  });
  if (old) await stopLaunch(engine, old);
}

async function bringWorktree({ engine, journal }: RestoreContext): Promise<void> {
  const session = getSession(engine.store, journal.sessionId);
  const project = getProject(engine.store, session.projectId);
  const { worktreePath: path, branch } = session;
  if (existsSync(path) && isRegistered(project.path, path)) return;
  const onStart = journal.child;
  const escrow = (await listEscrow(project.path, session.id)).at(-1);
  await withRepository(engine, project.path, async () => {
    if (escrow && session.purgedAt !== null) {
      await restoreEscrow({ root: project.path, ref: escrow.ref, into: path, branch, onStart });
    } else {
      await checkoutWorktree({ root: project.path, path, branch, onStart });
    }
  });
  const config = loadConfig(engine.dataDir, project);
  await provision(engine, journal, { root: project.path, worktree: path, config });
  engine.store.write((tx) => setPurged(tx, session.id, false));
}

async function launch({ engine, journal }: RestoreContext): Promise<void> {
  const session = getSession(engine.store, journal.sessionId);
  const project = getProject(engine.store, session.projectId);
  const isResume = isNative(session);
  const config = loadConfig(engine.dataDir, project);
  const prompt = sessionPrompt(engine.store, session.id);
  const excludes = excludesOf(engine, session.id) ?? {};
  const input = { session, config, prompt, isResume, excludes };
  await startLaunch(engine, prepareLaunch(engine, input));
}

async function unlaunch({ engine, journal }: RestoreContext): Promise<void> {
  const { launchId, runtime } = journal.data;
  await abortLaunch(engine, { sessionId: journal.sessionId, launchId, runtime, handle: null });
  revertLaunchSpec(sessionDirectory(engine.dataDir, journal.sessionId));
}

async function confirm({ engine, journal }: RestoreContext): Promise<void> {
  await confirmRunning(engine, getSession(engine.store, journal.sessionId));
}

function putBack({ engine, journal }: RestoreContext, error: string): void {
  engine.store.write((tx) => {
    revertLaunch(tx, journal.sessionId, journal.data.previous);
    journal.finish(tx, error);
  });
}
