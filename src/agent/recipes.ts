import { join } from "node:path";

import { type PermissionMode, permissionModes } from "../domain/session.ts";
import { AoError } from "../error.ts";
import type { AgentAdapter, AgentLaunch, LaunchRequest } from "./port.ts";
import { promptArgument } from "./prompt.ts";

/** What is known of a program from its documentation; nobody has run it under `ao` yet. */
interface Recipe {
  name: string;
  title: string;
  program: string;
  searchPaths?: string[];
  installHint: string;
  /** Flags of the modes that the program has; a mode without an entry is refused. */
  modes: Partial<Record<PermissionMode, string[]>>;
  launch(request: LaunchRequest): AgentLaunch;
  resume?(request: LaunchRequest & { agentSessionId: string }): AgentLaunch;
}

const recipes: Recipe[] = [
  {
    name: "aider",
    title: "Aider",
    program: "aider",
    installHint: "https://aider.chat/docs/install.html",
    modes: { default: [], bypass: ["--yes-always"] },
    launch: (request) => {
      // Its flag for a task ends the program after the first answer.
      refuseTask("aider", request);
      const file = join(request.sessionDir, "instructions.md");
      return {
        argv: ["aider", "--no-check-update", ...named("--model", request), "--read", file],
        files: [{ path: file, content: `${request.systemPrompt}\n` }],
      };
    },
  },
  {
    name: "goose",
    title: "Goose",
    program: "goose",
    installHint: "https://block.github.io/goose/docs/getting-started/installation",
    modes: { default: [], "accept-edits": [], auto: [], bypass: [] },
    launch: (request) => ({
      argv: [
        "goose",
        "run",
        "--interactive",
        "--system",
        request.systemPrompt,
        ...named("--model", request),
        "--text",
        promptArgument(request),
      ],
      env: gooseMode[request.mode],
    }),
  },
  {
    name: "cursor",
    title: "Cursor Agent",
    program: "cursor-agent",
    installHint: "https://cursor.com/cli",
    modes: { default: [], bypass: ["--force"] },
    launch: (request) => ({
      argv: ["cursor-agent", ...named("--model", request), ...lastWord(request)],
    }),
    resume: (request) => ({
      argv: ["cursor-agent", ...named("--model", request), "--resume", request.agentSessionId],
    }),
  },
  {
    name: "amp",
    title: "Amp",
    program: "amp",
    installHint: "npm install -g @sourcegraph/amp",
    modes: { default: [], bypass: ["--dangerously-allow-all"] },
    launch: (request) => {
      refuseTask("amp", request);
      return { argv: ["amp"] };
    },
  },
  {
    name: "crush",
    title: "Crush",
    program: "crush",
    installHint: "npm install -g @charmland/crush",
    modes: { default: [], bypass: ["--yolo"] },
    launch: (request) => {
      refuseTask("crush", request);
      return { argv: ["crush", "--cwd", request.worktree] };
    },
  },
  {
    name: "droid",
    title: "Factory Droid",
    program: "droid",
    installHint: "https://docs.factory.ai/cli/getting-started/quickstart",
    modes: { default: [] },
    launch: (request) => {
      // It takes no `--` in front of its task.
      const task = request.prompt ? [promptArgument(request)] : [];
      return { argv: ["droid", "--append-system-prompt", request.systemPrompt, ...task] };
    },
    resume: (request) => ({ argv: ["droid", "--resume", request.agentSessionId] }),
  },
];

const gooseMode: Record<PermissionMode, Record<string, string>> = {
  default: {},
  "accept-edits": { GOOSE_MODE: "smart_approve" },
  auto: { GOOSE_MODE: "auto" },
  bypass: { GOOSE_MODE: "auto" },
};

/** Where installers put programs that PATH may not lead to. */
export const usualFolders = ["~/.local/bin", "~/.npm-global/bin", "/opt/homebrew/bin"];

/** Adapters of programs that nobody has run under `ao` yet: they claim nothing beyond a launch. */
export const recipeAgents: AgentAdapter[] = recipes.map(adapterOf);

function adapterOf(recipe: Recipe): AgentAdapter {
  const { name, title, program, installHint, modes, launch, resume } = recipe;
  const withMode = (request: LaunchRequest, made: AgentLaunch): AgentLaunch => {
    const [first = program, ...rest] = made.argv;
    return { ...made, argv: [first, ...(modes[request.mode] ?? []), ...rest] };
  };
  return {
    name,
    title,
    isTried: false,
    programs: [program],
    searchPaths: recipe.searchPaths ?? usualFolders,
    installHint,
    hasSignals: false,
    receipts: "none",
    acceptsSteering: false,
    conversation: "none",
    missingModes: permissionModes.filter((mode) => !(mode in modes)),
    dialogs: [],
    launch: (request) => withMode(request, launch(request)),
    ...(resume ? { resume: (request: Resumed) => withMode(request, resume(request)) } : {}),
  };
}

type Resumed = LaunchRequest & { agentSessionId: string };

/** Some programs take no task at their start; typing it in blindly could lose it. */
export function refuseTask(name: string, { prompt }: LaunchRequest): void {
  if (prompt === "") return;
  const hint = "spawn it without a task, then `ao send` the task";
  throw new AoError("usage", `agent ${name} takes no task at its start`, hint);
}

function named(flag: string, { model }: LaunchRequest): string[] {
  return model ? [flag, model] : [];
}

function lastWord(request: LaunchRequest): string[] {
  return request.prompt ? ["--", promptArgument(request)] : [];
}
