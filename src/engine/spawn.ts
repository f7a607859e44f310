import { rmSync } from "node:fs";

import type { AgentAdapter } from "../agent/port.ts";
import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { chooseBase } from "../git/base.ts";
import type { RuntimeName } from "../runtime/port.ts";
import { discardConversationsOf } from "../store/conversation.ts";
import type { Operation } from "../store/operation.ts";
import {
  deleteSession,
  findSession,
  getSession,
  insertSession,
  sessionPrompt,
  setBase,
  setLaunched,
  terminate,
} from "../store/session.ts";
import type { Transaction } from "../store/store.ts";
import {
  bringHead,
  claimingSession,
  claimTitle,
  planClaim,
  type PlannedClaim,
  setPush,
  takePr,
} from "./claim/spawn-claim.ts";
import { loadConfig, type ResolvedConfig } from "./config.ts";
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
import { prepareLaunch, startLaunch } from "./launch.ts";
import { startDelivery } from "./pass.ts";
import { sessionDirectory } from "./paths.ts";
import { provision } from "./provision.ts";
import { isTaken, takeFreeNumber } from "./session-number.ts";
import { confirmRunning } from "./settle.ts";
import { checkRequest, newSession, type SpawnRequest } from "./spawn-request.ts";
import { abortLaunch } from "./stop.ts";
import { removeTrust } from "./trust-entries.ts";
import { queueTask } from "./typed-task.ts";
import { createWorktree, discardWorktree, settleChildren, watchedBy } from "./workspace.ts";

/** What undoing a spawn needs, by whichever process. */
export interface SpawnData extends JournalData {
  launchId: string;
  runtime: RuntimeName;
  root: string;
  worktree: string;
  branch: string;
  baseSha: string;
  /** Why the worktree could not be removed: what is in it exists nowhere else. */
  kept?: string;
}

/** Numbers tried when another data directory takes each of them at the same moment. */
const attemptsLimit = 5;

/** What was found out before anything is written. */
interface SpawnPlan {
  request: SpawnRequest;
  config: ResolvedConfig;
  adapter: AgentAdapter;
  claim: PlannedClaim | undefined;
}

interface SpawnContext {
  engine: Engine;
  journal: Journal<SpawnData>;
  /** Absent while a dead process's spawn is undone. */
  start?: SpawnPlan & { excludes: Record<string, string>; isTaskWaiting: boolean };
}

/**
 * Starts an agent in a worktree of its own. When any step fails, everything is undone and the
 * error says why. Throws every kind of `AoError`; bad input is found before anything is written.
 */
export async function spawn(engine: Engine, request: SpawnRequest): Promise<Session> {
  const config = loadConfig(engine.dataDir, request.project);
  const adapter = await checkRequest(engine, request, config);
  const claim = await planClaim(engine, request);
  const plan = { request, config, adapter, claim };
  for (let attempt = 1; ; attempt += 1) {
    const journal = begin(engine, plan);
    try {
      return await seeThrough(journal, () => spawnOnce(engine, plan, journal));
    } catch (error) {
      const isNumberTaken = isConflict(error) && isTaken(request.project, journal.sessionId);
      if (!isNumberTaken || attempt === attemptsLimit) throw error;
    }
  }
}

async function spawnOnce(
  engine: Engine,
  plan: SpawnPlan,
  journal: Journal<SpawnData>,
): Promise<Session> {
  const context = { engine, journal, start: { ...plan, excludes: {}, isTaskWaiting: false } };
  await takeSteps(engine, journal, spawnSteps, context, (error) => {
    removeTraces(context, error);
    const { kept } = journal.data;
    if (kept === undefined) return;
    const message = `${error}; ${journal.sessionId} stays, ended: ${kept}`;
    throw new AoError("failed", message, `ao session cleanup ${journal.sessionId} --purge`);
  });
  if (!plan.claim) engine.store.write((tx) => endSpawn(tx, context));
  if (context.start.isTaskWaiting) await startDelivery(engine);
  return getSession(engine.store, journal.sessionId);
}

/** Within the transaction that ends it. */
function endSpawn(tx: Transaction, { journal, start }: SpawnContext): void {
  setLaunched(tx, journal.sessionId, journal.data.launchId);
  journal.finish(tx);
  if (!start) return;
  start.isTaskWaiting = queueTask(tx, start.adapter, getSession(tx, journal.sessionId));
}

/** Undoes a spawn whose process died. */
export async function undoSpawn(engine: Engine, operation: Operation): Promise<void> {
  const journal = adoptedJournal(engine, operation, (data) => data as SpawnData);
  const context = { engine, journal };
  await settleChildren(journal);
  await undoSteps(journal, begunSteps(spawnSteps, operation.step), context);
  removeTraces(context, "its process died");
}

/** The steps of a spawn; undone in reverse from the one that was recorded last. */
export const spawnSteps: readonly Step<SpawnContext>[] = [
  { name: "row", run: () => {} },
  { name: "base", label: "choose the base", run: findBase },
  { name: "worktree", label: "add the worktree", run: addTree, undo: undoTree },
  { name: "provision", label: "provision it", run: provisionTree },
  { name: "launch", label: "start the agent", run: launch, undo: unlaunch },
  { name: "confirm", label: "see it run", run: confirm },
  // Where a pull request is claimed, its transaction ends the spawn too.
  { name: "claim", run: claimIt },
];

/**
 * Removes the row and the folder of a spawn that was undone, and closes its journal. Where work
 * exists nowhere but in the worktree, that stays, and so does the row, as that of a killed session.
 */
function removeTraces({ engine, journal }: SpawnContext, error: string): void {
  const { sessionId } = journal;
  const { kept } = journal.data;
  const directory = sessionDirectory(engine.dataDir, sessionId);
  if (kept === undefined) rmSync(directory, { recursive: true, force: true });
  engine.store.write((tx) => {
    const session = findSession(tx, sessionId);
    discardConversationsOf(tx, sessionId);
    if (session && kept === undefined) deleteSession(tx, sessionId);
    else if (session) terminate(tx, session, "killed", null);
    journal.finish(tx, kept === undefined ? error : `${error}; ${kept}`);
  });
}

/** Writes the row and the intent, before anything is done. */
function begin(engine: Engine, plan: SpawnPlan): Journal<SpawnData> {
  const { project } = plan.request;
  return engine.store.write((tx) => {
    const number = takeFreeNumber(tx, project);
    const session = plannedSession(engine, plan, number);
    insertSession(tx, session);
    return beginOperation<SpawnData>(engine, tx, {
      kind: "spawn",
      sessionId: session.id,
      projectId: project.id,
      step: "row",
      data: {
        launchId: session.launchId,
        runtime: session.runtime,
        root: project.path,
        worktree: session.worktreePath,
        branch: session.branch,
        baseSha: "",
      },
    });
  });
}

function plannedSession(engine: Engine, plan: SpawnPlan, number: number) {
  const { request, config, adapter, claim } = plan;
  const session = newSession(engine, request, config, adapter, number);
  if (!claim) return session;
  const isNamed = request.title !== undefined || request.prompt.trim() !== "";
  const titled = isNamed ? session : { ...session, title: claimTitle(claim) };
  return claimingSession(titled, claim);
}

function isConflict(error: unknown): boolean {
  return error instanceof AoError && error.code === "conflict";
}

async function findBase({ engine, journal, start }: SpawnContext): Promise<void> {
  if (!start) return;
  if (start.claim) return await bringHead(engine, journal, start.claim);
  const { project, base } = start.request;
  const found = await chooseBase({
    root: project.path,
    defaultBranch: project.defaultBranch,
    base: base ?? start.config.base,
    ...watchedBy(engine, journal),
  });
  if (found.note) engine.progress.note(found.note);
  journal.data.baseSha = found.sha;
  engine.store.write((tx) => setBase(tx, journal.sessionId, found));
}

async function addTree({ engine, journal, start }: SpawnContext): Promise<void> {
  const { root, worktree, branch, baseSha } = journal.data;
  const [added, prepared] = await Promise.allSettled([
    createWorktree(engine, journal, { root, path: worktree, branch, baseSha }),
    prepareTerminal(engine, journal),
  ]);
  for (const each of [added, prepared]) if (each.status === "rejected") throw each.reason;
  if (start?.claim) await setPush(engine, journal, start.claim);
}

/** The holder loads while git works. It waits for a word, so an undo need not know of it. */
async function prepareTerminal(engine: Engine, journal: Journal<SpawnData>): Promise<void> {
  const { launchId, runtime } = journal.data;
  const sessionDir = sessionDirectory(engine.dataDir, journal.sessionId);
  (await engine.runtime(runtime)).prepare?.({ sessionDir, launchId, self: engine.self });
}

async function undoTree(context: SpawnContext): Promise<void> {
  const { engine, journal } = context;
  const sessionDir = sessionDirectory(engine.dataDir, journal.sessionId);
  (await engine.runtime(journal.data.runtime)).abandon?.({ sessionDir });
  await removeTree(context);
}

async function removeTree({ engine, journal }: SpawnContext): Promise<void> {
  try {
    await discardWorktree(engine, journal, journal.data);
  } catch (error) {
    // A removal that was begun is tried again; one that was refused leaves all as it is.
    const isRefused = error instanceof AoError && error.code === "conflict";
    if (!isRefused || journal.data.saved) throw error;
    journal.data.kept = error.message;
  }
}

async function provisionTree({ engine, journal, start }: SpawnContext): Promise<void> {
  if (!start) return;
  const { root, worktree } = journal.data;
  start.excludes = await provision(engine, journal, { root, worktree, config: start.config });
}

async function launch({ engine, journal, start }: SpawnContext): Promise<void> {
  if (!start) return;
  const session = getSession(engine.store, journal.sessionId);
  const { config, excludes } = start;
  const prompt = sessionPrompt(engine.store, journal.sessionId);
  const input = { session, config, prompt, isResume: false, excludes };
  await startLaunch(engine, prepareLaunch(engine, input));
}

async function unlaunch({ engine, journal }: SpawnContext): Promise<void> {
  const { launchId, runtime } = journal.data;
  // First, since the launch spec that goes away tells where the agent keeps its list.
  removeTrust(engine, journal.sessionId);
  await abortLaunch(engine, { sessionId: journal.sessionId, launchId, runtime });
}

async function confirm({ engine, journal }: SpawnContext): Promise<void> {
  await confirmRunning(engine, getSession(engine.store, journal.sessionId));
}

async function claimIt(context: SpawnContext): Promise<void> {
  const { engine, journal, start } = context;
  if (!start?.claim) return;
  await takePr(engine, journal, start.request.project, start.claim, (tx) => endSpawn(tx, context));
}
