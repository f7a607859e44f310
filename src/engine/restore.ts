import { existsSync } from "node:fs";

import type { AgentAdapter } from "../agent/port.ts";
import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { isRegistered } from "../git/worktree.ts";
import { failpoint } from "../process/failpoint.ts";
import type { RuntimeName } from "../runtime/port.ts";
import { findEvidence } from "../store/evidence.ts";
import { nextMessage } from "../store/message.ts";
import type { Operation } from "../store/operation.ts";
import { getProject } from "../store/project.ts";
import {
  findSession,
  getSession,
  type LaunchColumns,
  launchColumns,
  patchSession,
  revertLaunch,
  sessionPrompt,
  setLaunch,
  setLaunched,
  setPurged,
} from "../store/session.ts";
import { adapterOf } from "./adapters.ts";
import { loadConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import {
  adoptedJournal,
  beginOperation,
  begunSteps,
  type Journal,
  type JournalData,
  seeThrough,
  type Step,
  takeSteps,
  undoSteps,
} from "./journal.ts";
import { dropPreviousSpec, newConversationId, prepareLaunch, startLaunch } from "./launch.ts";
import { startDelivery } from "./pass.ts";
import { sessionDirectory } from "./paths.ts";
import { probeSessions } from "./probe.ts";
import { isUnprovisioned, markProvisioned, markUnprovisioned, provision } from "./provision.ts";
import { type MadeFrom, remakeWorktree, unmakeWorktree } from "./remake.ts";
import { confirmRunning } from "./settle.ts";
import { abortLaunch, launchOf, stopLaunch } from "./stop.ts";
import { queueTask } from "./typed-task.ts";
import { excludesOf, settleChildren } from "./workspace.ts";

export interface RestoreResult {
  session: Session;
  /** `native`: the same conversation goes on; `fresh`: it starts anew, with the task again. */
  conversation: "native" | "fresh";
}

interface RestoreData extends JournalData {
  launchId: string;
  runtime: RuntimeName;
  previous: LaunchColumns;
  /** The native conversation goes on. */
  isResumed: boolean;
  /** What a worktree that was gone is made from. */
  made?: MadeFrom;
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
  const adapter = adapterOf(engine, before);
  const isResumed = isNative(engine, before, adapter);
  if (!isResumed) engine.progress.note("its conversation starts anew");
  const journal = begin(engine, before, adapter, isResumed);
  const context = { engine, journal };
  const { session, isTextWaiting } = await seeThrough(journal, async () => {
    await takeSteps(engine, journal, restoreSteps, context, (error) => putBack(context, error));
    return engine.store.write((tx) => {
      setLaunched(tx, id, journal.data.launchId);
      journal.finish(tx);
      const started = getSession(tx, id);
      if (!isResumed) queueTask(tx, adapter, started);
      return { session: started, isTextWaiting: nextMessage(tx, id) !== undefined };
    });
  });
  dropPreviousSpec(sessionDirectory(engine.dataDir, id));
  // Its task, or what came too late for the launch before: not every agent tells of its start.
  if (isTextWaiting) await startDelivery(engine);
  return { session, conversation: isResumed ? "native" : "fresh" };
}

/** Undoes a restore that a dead process began. */
export async function undoRestore(engine: Engine, operation: Operation): Promise<void> {
  const journal = adoptedJournal(engine, operation, (data) => data as RestoreData);
  const context = { engine, journal };
  await settleChildren(journal);
  await undoSteps(journal, begunSteps(restoreSteps, operation.step), context);
  putBack(context, "its process died");
}

/**
 * Whether a restore continues the agent's own conversation; told before it starts. One whose id
 * was chosen, but which never had a turn, is not there to go on: programs end at once when told to
 * resume it. An agent that has reported nothing at all may have had turns.
 */
function isNative({ store }: Engine, session: Session, adapter: AgentAdapter): boolean {
  const { resume, conversation } = adapter;
  if (resume === undefined) return false;
  if (session.agentSessionId === null) return conversation === "folder";
  if (conversation !== "chosen" || session.firstSignalAt === null) return true;
  return findEvidence(store, session.id, "conversation") !== undefined;
}

/** The steps of a restore; undone in reverse from the one that was recorded last. */
export const restoreSteps: readonly Step<RestoreContext>[] = [
  { name: "intent", run: () => {} },
  { name: "sweep", run: sweep },
  { name: "worktree", label: "bring the worktree back", run: bringTree, undo: removeTree },
  { name: "provision", run: provisionTree },
  { name: "launch", label: "start the agent", run: launch, undo: unlaunch },
  { name: "confirm", label: "see it run", run: confirm },
];

async function refuseRunning(engine: Engine, session: Session): Promise<void> {
  if (session.isTerminated || session.activity === "exited") return;
  const probe = (await probeSessions(engine, [session])).get(session.id);
  if (probe?.runtime === "dead" && probe.agent === "dead") return;
  throw new AoError("conflict", `session ${session.id} has not ended`, `ao attach ${session.id}`);
}

function begin(
  engine: Engine,
  before: Session,
  adapter: AgentAdapter,
  isResumed: boolean,
): Journal<RestoreData> {
  const launchId = crypto.randomUUID();
  const { runtime, id, projectId } = before;
  const data: RestoreData = { launchId, runtime, previous: launchColumns(before), isResumed };
  return engine.store.write((tx) => {
    const intent = { kind: "restore" as const, sessionId: id, projectId, step: "intent", data };
    const journal = beginOperation(engine, tx, intent);
    // What was found to have ended is that launch, not one that somebody has started since.
    const now = getSession(tx, id);
    if (now.launchId !== before.launchId) {
      throw new AoError("conflict", `session ${id} was restored meanwhile`, `ao attach ${id}`);
    }
    // A program may refuse an id that it has seen before.
    const agentSessionId = isResumed ? null : newConversationId(adapter);
    if (agentSessionId !== null) patchSession(tx, now, { agentSessionId });
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
  if (!old) return;
  const [survivor] = await stopLaunch(engine, old);
  if (!survivor) return;
  const message = `process ${survivor.pid} of its last launch does not end`;
  throw new AoError("conflict", message, `kill -9 ${survivor.pid}`);
}

async function bringTree({ engine, journal }: RestoreContext): Promise<void> {
  const session = getSession(engine.store, journal.sessionId);
  const { path: root } = getProject(engine.store, session.projectId);
  const { worktreePath, purgedAt } = session;
  if (purgedAt === null && existsSync(worktreePath) && isRegistered(root, worktreePath)) return;
  await remakeWorktree(engine, journal, session, root, (made) => {
    journal.data.made = made;
    journal.note();
  });
  failpoint("restore.made.after");
  // From here on it is a worktree like any other, and stays whatever becomes of the launch.
  markUnprovisioned(sessionDirectory(engine.dataDir, session.id));
  delete journal.data.made;
  engine.store.write((tx) => {
    setPurged(tx, session.id, false);
    journal.note(tx);
  });
}

async function removeTree({ engine, journal }: RestoreContext): Promise<void> {
  const session = findSession(engine.store, journal.sessionId);
  const { made } = journal.data;
  if (!session || !made) return;
  const { path: root } = getProject(engine.store, session.projectId);
  await unmakeWorktree(engine, session, root, made);
}

async function provisionTree({ engine, journal }: RestoreContext): Promise<void> {
  const session = getSession(engine.store, journal.sessionId);
  const directory = sessionDirectory(engine.dataDir, session.id);
  if (!isUnprovisioned(directory)) return;
  const project = getProject(engine.store, session.projectId);
  const config = loadConfig(engine.dataDir, project);
  const place = { root: project.path, worktree: session.worktreePath, config };
  await provision(engine, journal, place);
  markProvisioned(directory);
}

async function launch({ engine, journal }: RestoreContext): Promise<void> {
  const session = getSession(engine.store, journal.sessionId);
  const project = getProject(engine.store, session.projectId);
  const { isResumed: isResume } = journal.data;
  const config = loadConfig(engine.dataDir, project);
  const prompt = sessionPrompt(engine.store, session.id);
  const excludes = excludesOf(engine, session.id) ?? {};
  const input = { session, config, prompt, isResume, excludes };
  await startLaunch(engine, prepareLaunch(engine, input));
}

async function unlaunch({ engine, journal }: RestoreContext): Promise<void> {
  const { launchId, runtime } = journal.data;
  await abortLaunch(engine, { sessionId: journal.sessionId, launchId, runtime });
}

async function confirm({ engine, journal }: RestoreContext): Promise<void> {
  await confirmRunning(engine, getSession(engine.store, journal.sessionId));
}

function putBack({ engine, journal }: RestoreContext, error: string): void {
  engine.store.write((tx) => {
    if (findSession(tx, journal.sessionId)) {
      revertLaunch(tx, journal.sessionId, journal.data.previous);
    }
    journal.finish(tx, error);
  });
}
