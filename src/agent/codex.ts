import type { HookMeaning } from "../domain/hook.ts";
import type { PermissionMode } from "../domain/session.ts";
import { hookArguments, toml, trustArguments } from "./codex-config.ts";
import { hookReader, sharedMeaning } from "./hook-meaning.ts";
import type { AgentAdapter, KnownDialog, LaunchRequest } from "./port.ts";
import { promptArgument } from "./prompt.ts";

const modeFlags: Record<PermissionMode, string[]> = {
  default: [],
  "accept-edits": ["--sandbox", "workspace-write", "--ask-for-approval", "on-request"],
  auto: ["--approve-for-me"],
  bypass: ["--dangerously-bypass-approvals-and-sandbox"],
};

/** Without `--no-daemon` codex leaves a detached server and updater behind. */
const quietFlags = ["--no-daemon", "-c", "check_for_update_on_startup=false"];

const hookEvents = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PermissionRequest",
  "PostToolUse",
  "Interrupt",
  "Stop",
];

/** How long the program waits for a hook: the most that it grants Interrupt, so as hashed. */
const timeoutSeconds = 3;

/** What its first choice says where that allows this one call and nothing later. */
const once = "proceed|just this once|grant these permissions for this turn";

/** A dialog takes the composer's place at the end of the screen. */
const dialogs: KnownDialog[] = [
  { kind: "trust", pattern: /Trust this folder\?[\s\S]{0,600}enter continue[^\n]*\s*$/ },
  { kind: "trust", pattern: /Hooks need review[\s\S]{0,600}enter confirm[^\n]*\s*$/ },
  { kind: "login", pattern: /Sign in with ChatGPT[\s\S]{0,600}Press enter to continue\s*$/ },
  {
    kind: "approval",
    pattern: /Would you like to [^\n]*\?[\s\S]{0,2000}Press enter to confirm or esc [^\n]*\s*$/,
    answer: {
      allowIsSelected: new RegExp(
        `Would you like to [^\\n]*\\?[^]*\\n› 1\\. Yes, (?:${once}) \\(y\\)\\s*\\n[^]{0,600}$`,
      ),
      allowKeys: "\r",
      // Refuses, and ends the turn: the agent then waits to be told what to do instead.
      denyKeys: "\x1b",
    },
  },
];

export const codex: AgentAdapter = {
  name: "codex",
  title: "Codex",
  isTried: true,
  programs: ["codex"],
  searchPaths: ["~/.local/bin", "~/.npm-global/bin", "/opt/homebrew/bin"],
  installHint: "npm install -g @openai/codex",
  minimumVersion: "0.160.0",
  // A key of the person's own model provider is named in their settings, so none is named here.
  authentication: { variables: [], files: [], command: ["login", "status"] },
  hasSignals: true,
  receipts: "hook",
  acceptsSteering: false,
  conversation: "learned",
  missingModes: [],
  dialogs,
  readHook: hookReader(meaningOf),
  launch: (request) => ({ argv: ["codex", ...flags(request), ...prompt(request)] }),
  resume: (request) => ({
    argv: ["codex", ...flags(request), "resume", request.agentSessionId, ...prompt(request)],
  }),
};

function flags(request: LaunchRequest): string[] {
  const model = request.model ? ["--model", request.model] : [];
  const hooks = hookEvents.map((event) => ({
    event,
    command: request.hookCommand(event),
    timeoutSeconds,
  }));
  return [
    ...quietFlags,
    ...modeFlags[request.mode],
    ...model,
    ...trustArguments(request.worktree),
    ...hookArguments(hooks),
    "-c",
    `developer_instructions=${toml(request.systemPrompt)}`,
  ];
}

function prompt(request: LaunchRequest): string[] {
  return request.prompt ? ["--", promptArgument(request)] : [];
}

function meaningOf(event: string, payload: Record<string, unknown>): HookMeaning | undefined {
  return event === "Interrupt" ? { kind: "turn_ended" } : sharedMeaning(event, payload);
}
