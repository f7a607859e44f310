import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { quote } from "shell-quote";

import type { AgentAdapter, AgentLaunch, LaunchRequest } from "../agent/port.ts";
import { systemPrompt } from "../agent/prompt.ts";
import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { pushToUpstream } from "../git/push-config.ts";
import { findProgram } from "../process/program.ts";
import { agentEnvironment } from "../runtime/environment.ts";
import { launchPath, readLaunchSpec, writeLaunchSpec } from "../runtime/launch.ts";
import type { LaunchSpec, RuntimeHandle, RuntimeName } from "../runtime/port.ts";
import { socketPath, tmuxSocketPath } from "../runtime/socket.ts";
import { setHandle } from "../store/session.ts";
import { adapterOf } from "./adapters.ts";
import { writeAgentFiles } from "./agent-files.ts";
import type { ResolvedConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import { sessionDirectory } from "./paths.ts";

/** Size of a terminal that nobody looks at; wide enough that agents' tables do not wrap. */
const columns = 160;
const rows = 48;

/** How long an agent must have run before its start counts as a success. */
export const settleMs = 250;

/** What a launch is made from, besides the session's row. */
export interface LaunchInput {
  session: Session;
  config: ResolvedConfig;
  prompt: string;
  /** Continue the native conversation, when agent and row allow it. */
  isResume: boolean;
  /** Environment that git needs to see the worktree's own excludes. */
  excludes: Record<string, string>;
}

/** Where the program of an agent is, by its own name or by the person's. */
export function locateProgram(adapter: AgentAdapter, name: string, engine: Engine): string {
  const path = engine.env["PATH"] ?? "";
  const found = findProgram(name, { path, extraDirs: adapter.searchPaths });
  if (found) return found;
  throw new AoError(
    "unavailable",
    `program ${name} of agent ${adapter.name} was not found on PATH`,
    adapter.installHint,
  );
}

/** A conversation id for agents that let `ao` choose it. */
export function newConversationId(adapter: AgentAdapter): string | null {
  return adapter.conversation === "chosen" ? crypto.randomUUID() : null;
}

/** Writes everything that the launch reads: the task, the agent's files, the launch spec. */
export function prepareLaunch(engine: Engine, input: LaunchInput): LaunchSpec {
  const { session } = input;
  const sessionDir = sessionDirectory(engine.dataDir, session.id);
  const promptFile = join(sessionDir, "prompt.txt");
  const adapter = adapterOf(engine, session);
  const request: LaunchRequest = {
    sessionId: session.id,
    worktree: session.worktreePath,
    sessionDir,
    prompt: input.prompt,
    promptFile,
    systemPrompt: systemPrompt(session),
    model: session.model,
    mode: session.mode,
    agentSessionId: session.agentSessionId,
    command: session.command,
    hookCommand: (event) => quote([...engine.self, "hook", session.agent, event]),
  };
  const agent = agentLaunch(adapter, request, input.isResume);
  keepPreviousSpec(sessionDir);
  const spec: LaunchSpec = {
    version: 1,
    sessionId: session.id,
    projectId: session.projectId,
    launchId: launchIdOf(session),
    runtime: session.runtime,
    argv: programOf(agent, adapter, engine),
    cwd: session.worktreePath,
    env: environmentFor(engine, input, agent, sessionDir, promptFile),
    columns,
    rows,
    dataDir: engine.dataDir,
    sessionDir,
    socketPath: socketFor(engine, session.runtime, launchIdOf(session)),
    self: engine.self,
    hasTask: request.prompt !== "" && !(input.isResume && adapter.resume),
  };
  writeLaunchSpec(spec);
  writePrivate(promptFile, input.prompt);
  writeAgentFiles(engine, session.agent, agent, spec);
  return spec;
}

function programOf(agent: AgentLaunch, adapter: AgentAdapter, engine: Engine): string[] {
  const [name = "", ...words] = agent.argv;
  if (agent.isOwn) return [...engine.self, ...agent.argv];
  return [locateProgram(adapter, name, engine), ...words];
}

/** Starts what was prepared and stores where it runs. */
export async function startLaunch(engine: Engine, spec: LaunchSpec): Promise<RuntimeHandle> {
  const runtime = await engine.runtime(spec.runtime);
  const handle = await runtime.create(spec);
  const isStored = engine.store.write((tx) => setHandle(tx, spec.sessionId, spec.launchId, handle));
  if (isStored) return handle;
  throw new AoError("conflict", `session ${spec.sessionId} was launched again meanwhile`);
}

/**
 * Takes the spec of a launch that came to nothing away and puts the one before it back. Does
 * nothing when that launch has not got as far as writing one, or when it was done before.
 */
export function revertLaunchSpec(sessionDir: string, launchId: string): void {
  const current = launchPath(sessionDir);
  const previous = previousPath(sessionDir);
  if (existsSync(current)) {
    if (readLaunchSpec(current).launchId !== launchId) return;
    rmSync(current);
  }
  if (existsSync(previous)) renameSync(previous, current);
}

/** Forgets the spec of the launch before. */
export function dropPreviousSpec(sessionDir: string): void {
  rmSync(previousPath(sessionDir), { force: true });
}

/** The environment of the last launch: a restore from anywhere starts with the same. */
function shellEnvironment(engine: Engine, input: LaunchInput, sessionDir: string) {
  const path = previousPath(sessionDir);
  if (!input.isResume && !existsSync(path)) return engine.env;
  return existsSync(path) ? readLaunchSpec(path).env : engine.env;
}

function environmentFor(
  engine: Engine,
  input: LaunchInput,
  agent: AgentLaunch,
  sessionDir: string,
  promptFile: string,
): Record<string, string> {
  const { session } = input;
  const env = {
    ...agentEnvironment({
      shell: shellEnvironment(engine, input, sessionDir),
      projectEnv: input.config.env,
      session: {
        sessionId: session.id,
        projectId: session.projectId,
        launchId: launchIdOf(session),
        dataDir: engine.dataDir,
        promptFile,
      },
      ...ownFolder(engine),
    }),
    ...input.excludes,
    ...agent.env,
  };
  const branches = `ao/${session.id}/pr-*`;
  // It is there already only where a holder was started early.
  mkdirSync(sessionDir, { recursive: true, mode: 0o700 });
  const file = join(sessionDir, "push.gitconfig");
  return { ...env, ...pushToUpstream({ branches, file, env }) };
}

/** Its folder, where the path would find another `ao`, or none. */
function ownFolder(engine: Engine): { aoDir?: string } {
  const [program = ""] = engine.self;
  if (basename(program) !== "ao") return {};
  const found = findProgram("ao", { path: engine.env["PATH"] ?? "" });
  return found === program ? {} : { aoDir: dirname(program) };
}

function agentLaunch(
  adapter: AgentAdapter,
  request: LaunchRequest,
  isResume: boolean,
): AgentLaunch {
  const { agentSessionId } = request;
  if (!isResume || !adapter.resume) return adapter.launch(request);
  return adapter.resume({ ...request, agentSessionId: agentSessionId ?? "", prompt: "" });
}

function socketFor(engine: Engine, runtime: RuntimeName, launchId: string): string {
  return runtime === "pty" ? socketPath(engine.dataDir, launchId) : tmuxSocketPath(engine.dataDir);
}

function launchIdOf(session: Session): string {
  if (session.launchId === null) throw new Error(`session ${session.id} has no launch id`);
  return session.launchId;
}

function keepPreviousSpec(sessionDir: string): void {
  const current = launchPath(sessionDir);
  if (existsSync(current) && readFileSync(current).length > 0) {
    renameSync(current, previousPath(sessionDir));
  }
}

function previousPath(sessionDir: string): string {
  return join(dirname(launchPath(sessionDir)), "launch.previous.json");
}

function writePrivate(path: string, content: string): void {
  writeFileSync(path, content, { mode: 0o600 });
}
