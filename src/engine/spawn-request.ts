import { commandArgv } from "../agent/command.ts";
import type { AgentAdapter } from "../agent/port.ts";
import { checkBranchName, sessionBranch } from "../domain/branch.ts";
import { sessionId } from "../domain/ids.ts";
import type { PermissionMode } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { resolveCommit } from "../git/base.ts";
import type { RuntimeName } from "../runtime/port.ts";
import type { Project } from "../store/project.ts";
import type { NewSession } from "../store/session.ts";
import { adapterNamed } from "./adapters.ts";
import type { ResolvedConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import { locateProgram, newConversationId } from "./launch.ts";
import { worktreePath } from "./paths.ts";

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
  /** The pull request that the session shall own and start from. */
  claim?: { reference: string; takeover: boolean } | undefined;
}

/**
 * Finds bad input before anything is written, and the adapter of the agent that is meant.
 * Throws `usage`, `conflict` for a branch that exists, `unavailable` for a missing program.
 */
export async function checkRequest(
  engine: Engine,
  request: SpawnRequest,
  config: ResolvedConfig,
): Promise<AgentAdapter> {
  const adapter = adapterNamed(engine, agentName(request, config), request.project);
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

/** The row of a session that is about to be spawned. */
export function newSession(
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
