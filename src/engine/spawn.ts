import { rmSync } from "node:fs";

import { commandArgv } from "../agent/command.ts";
import type { AgentAdapter } from "../agent/port.ts";
import { agentNamed } from "../agent/table.ts";
import { checkBranchName, sessionBranch } from "../domain/branch.ts";
import { sessionId } from "../domain/ids.ts";
import type { PermissionMode, Session } from "../domain/session.ts";
import { AoError, messageOf } from "../error.ts";
import { chooseBase, resolveCommit } from "../git/base.ts";
import type { RuntimeName } from "../runtime/port.ts";
import { type Project, takeSessionNumber } from "../store/project.ts";
import {
  deleteSession,
  getSession,
  insertSession,
  type NewSession,
  setBase,
  setLaunched,
} from "../store/session.ts";
import { loadConfig, type ResolvedConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import { beginOperation, type Journal, type JournalData, type Step, takeSteps } from "./journal.ts";
import { locateProgram, newConversationId, prepareLaunch, startLaunch } from "./launch.ts";
import { sessionDirectory, worktreePath } from "./paths.ts";
import { provision } from "./provision.ts";
import { confirmRunning } from "./settle.ts";
import { abortLaunch } from "./stop.ts";
import { createWorktree, discardWorktree } from "./workspace.ts";

/** What a person asks for; what is absent comes from the project's settings. */
export interface SpawnRequest {
  project: Project;
  prompt: string;
  agent?: string | undefined;
  model?: string | undefined;
  mode?: PermissionMode | undefined;
  base?: string | undefined;
  branch?: string | undefined;
  issue?: string | undefined;
  title?: string | undefined;
  runtime?: RuntimeName | undefined;
  command?: string | undefined;
}

/** What undoing a spawn needs, by whichever process. */
export interface SpawnData extends JournalData {
  launchId: string;
  runtime: RuntimeName;
  root: string;
  worktree: string;
  branch: string;
  baseSha: string;
}

interface SpawnContext {
  engine: Engine;
  journal: Journal<SpawnData>;
  /** Absent while a dead process's spawn is undone. */
  start?: { request: SpawnRequest; config: ResolvedConfig; excludes: Record<string, string> };
}

/**
 * Starts an agent in a worktree of its own. When any step fails, everything is undone and the
 * error says why. Throws every kind of `AoError`; bad input is found before anything is written.
 */
export async function spawn(engine: Engine, request: SpawnRequest): Promise<Session> {
  const config = loadConfig(engine.dataDir, request.project);
  const adapter = await checkRequest(engine, request, config);
  const journal = begin(engine, request, config, adapter);
  const context = { engine, journal, start: { request, config, excludes: {} } };
  try {
    await takeSteps(engine, journal, spawnSteps, context);
  } catch (error) {
    removeTraces(context, messageOf(error));
    throw error;
  }
  return engine.store.write((tx) => {
    setLaunched(tx, journal.sessionId, journal.data.launchId);
    journal.finish(tx);
    return getSession(tx, journal.sessionId);
  });
}

/** The steps of a spawn; undone in reverse from the one that was recorded last. */
export const spawnSteps: readonly Step<SpawnContext>[] = [
  { name: "row", run: () => {} },
  { name: "base", label: "choose the base", run: findBase },
  { name: "worktree", label: "add the worktree", run: addTree, undo: undoTree },
  { name: "provision", label: "provision it", run: provisionTree },
  { name: "launch", label: "start the agent", run: launch, undo: unlaunch },
  { name: "confirm", label: "see it run", run: confirm },
];

/** Removes the row and the folder of a spawn that was undone, and closes its journal. */
export function removeTraces({ engine, journal }: SpawnContext, error: string): void {
  rmSync(sessionDirectory(engine.dataDir, journal.sessionId), { recursive: true, force: true });
  engine.store.write((tx) => {
    deleteSession(tx, journal.sessionId);
    journal.finish(tx, error);
  });
}

async function checkRequest(
  engine: Engine,
  request: SpawnRequest,
  config: ResolvedConfig,
): Promise<AgentAdapter> {
  const adapter = agentNamed(agentName(request, config));
  if (adapter.name === "command") {
    if (request.command === undefined) {
      throw new AoError("usage", "agent command wants a program", "--command 'program argument …'");
    }
    locateProgram(adapter, commandArgv(request.command, request.prompt)[0] ?? "", engine);
  } else if (request.command !== undefined) {
    const hint = "leave out `--agent`, or use `--agent command`";
    throw new AoError("usage", `--command does not go with agent ${adapter.name}`, hint);
  }
  const mode = request.mode ?? config.mode;
  if (adapter.missingModes.includes(mode)) {
    throw new AoError("usage", `agent ${adapter.name} cannot do mode ${mode}`, "--mode default");
  }
  for (const name of adapter.programs.slice(0, 1)) locateProgram(adapter, name, engine);
  if (request.branch !== undefined) await checkBranchIsFree(request.project.path, request.branch);
  return adapter;
}

async function checkBranchIsFree(root: string, branch: string): Promise<void> {
  checkBranchName(branch);
  if (await resolveCommit(root, `refs/heads/${branch}`)) {
    throw new AoError("conflict", `branch ${branch} exists`, "choose another with `--branch NAME`");
  }
}

function agentName(request: SpawnRequest, config: ResolvedConfig): string {
  if (request.agent !== undefined) return request.agent;
  return request.command === undefined ? config.agent : "command";
}

/** Writes the row and the intent, before anything is done. */
function begin(
  engine: Engine,
  request: SpawnRequest,
  config: ResolvedConfig,
  adapter: AgentAdapter,
): Journal<SpawnData> {
  const { project } = request;
  return engine.store.write((tx) => {
    const number = takeSessionNumber(tx, project.id);
    const session = newSession(engine, request, config, adapter, number);
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

function newSession(
  engine: Engine,
  request: SpawnRequest,
  config: ResolvedConfig,
  adapter: AgentAdapter,
  number: number,
): NewSession & { launchId: string } {
  const { project } = request;
  const id = sessionId(project.id, number);
  return {
    id,
    projectId: project.id,
    number,
    title: request.title ?? titleOf(request, adapter),
    agent: adapter.name,
    model: request.model ?? config.model ?? null,
    mode: request.mode ?? config.mode,
    runtime: request.runtime ?? config.runtime,
    issue: request.issue ?? null,
    command: request.command ?? null,
    branch: request.branch ?? sessionBranch(id),
    baseRef: request.base ?? config.base ?? project.defaultBranch,
    baseSha: "",
    worktreePath: worktreePath(engine.dataDir, project.id, id),
    launchId: crypto.randomUUID(),
    agentSessionId: newConversationId(adapter),
    terminateOnMerge: config.terminateOnMerge,
    prompt: request.prompt,
  };
}

/** The first line of the task, else what runs. */
function titleOf(request: SpawnRequest, adapter: AgentAdapter): string {
  const line = request.prompt.trim().split("\n")[0]?.trim() || request.command || adapter.title;
  const letters = [...line];
  return letters.length <= 72 ? line : `${letters.slice(0, 71).join("")}…`;
}

async function findBase({ engine, journal, start }: SpawnContext): Promise<void> {
  if (!start) return;
  const { project, base } = start.request;
  const found = await chooseBase({
    root: project.path,
    defaultBranch: project.defaultBranch,
    base: base ?? start.config.base,
    signal: engine.interrupt,
    onStart: (child) => journal.child(child),
  });
  if (found.note) engine.progress.note(found.note);
  journal.data.baseSha = found.sha;
  engine.store.write((tx) => setBase(tx, journal.sessionId, found));
}

async function addTree({ engine, journal }: SpawnContext): Promise<void> {
  const { root, worktree, branch, baseSha } = journal.data;
  const [added, prepared] = await Promise.allSettled([
    createWorktree(engine, journal, { root, path: worktree, branch, baseSha }),
    prepareTerminal(engine, journal),
  ]);
  for (const each of [added, prepared]) if (each.status === "rejected") throw each.reason;
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
  await discardWorktree(engine, journal, journal.data);
}

async function provisionTree({ engine, journal, start }: SpawnContext): Promise<void> {
  if (!start) return;
  const { root, worktree } = journal.data;
  start.excludes = await provision(engine, journal, { root, worktree, config: start.config });
}

async function launch({ engine, journal, start }: SpawnContext): Promise<void> {
  if (!start) return;
  const session = getSession(engine.store, journal.sessionId);
  const { config, excludes, request } = start;
  const input = { session, config, prompt: request.prompt, isResume: false, excludes };
  await startLaunch(engine, prepareLaunch(engine, input));
}

async function unlaunch({ engine, journal }: SpawnContext): Promise<void> {
  const { launchId, runtime } = journal.data;
  await abortLaunch(engine, { sessionId: journal.sessionId, launchId, runtime, handle: null });
}

async function confirm({ engine, journal }: SpawnContext): Promise<void> {
  await confirmRunning(engine, getSession(engine.store, journal.sessionId));
}
