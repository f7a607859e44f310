import { join } from "node:path";

import { type HookMeaning, toolCall } from "../domain/hook.ts";
import type { PermissionMode } from "../domain/session.ts";
import { copilotState } from "./copilot-state.ts";
import { hookReader } from "./hook-meaning.ts";
import { text } from "./payload.ts";
import type { AgentAdapter, AgentLaunch, KnownDialog, LaunchRequest } from "./port.ts";
import { promptArgument } from "./prompt.ts";

const modeFlags: Record<PermissionMode, string[]> = {
  default: [],
  "accept-edits": ["--allow-tool=write"],
  auto: [],
  bypass: ["--allow-all"],
};

const hookEvents = [
  "sessionStart",
  "userPromptSubmitted",
  "preToolUse",
  "permissionRequest",
  "postToolUse",
  "postToolUseFailure",
  "notification",
  "agentStop",
  "errorOccurred",
];

/** How long the program waits for a hook; `ao hook` needs milliseconds. */
const timeoutSec = 10;

/** A dialog is a box that ends the screen. */
const boxEnd = "[^]{0,2000}enter to select · esc to cancel[^\\n]*\\n[╰─╯ ]*\\s*$";

const dialogs: KnownDialog[] = [
  {
    kind: "trust",
    pattern: new RegExp(`Do you trust the files in this folder\\?${boxEnd}`),
  },
  {
    kind: "approval",
    pattern: new RegExp(`│ Do you want to [^\\n]*\\? *│\\n${boxEnd}`),
    answer: {
      allowIsSelected: new RegExp(
        `│ Do you want to [^\\n]*\\? *│\\n[│ \\n]*❯ 1\\. Yes *│${boxEnd}`,
      ),
      allowKeys: "\r",
      // Refuses, and ends the turn: the agent then waits to be told what to do instead.
      denyKeys: "\x1b",
    },
  },
];

export const copilot: AgentAdapter = {
  name: "copilot",
  title: "GitHub Copilot CLI",
  isTried: true,
  programs: ["copilot"],
  searchPaths: ["~/.local/bin", "~/.npm-global/bin", "/opt/homebrew/bin"],
  installHint: "npm install -g @github/copilot",
  minimumVersion: "1.0.90",
  // A login at GitHub is kept where only the program can read it.
  authentication: {
    variables: ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "COPILOT_PROVIDER_API_KEY"],
    files: [],
  },
  // Its `sessionStart` comes with the first text, also after a resume.
  hasSignals: true,
  receipts: "hook",
  acceptsSteering: false,
  conversation: "chosen",
  missingModes: ["auto"],
  dialogs,
  trustList: {
    file: { variable: "COPILOT_HOME", otherwise: "~/.copilot", name: "config.json" },
    key: "trustedFolders",
  },
  readHook: hookReader(meaningOf),
  state: copilotState,
  launch: (request) => launchWith(request, newConversation(request)),
  resume: (request) => launchWith(request, [`--resume=${request.agentSessionId}`]),
};

function newConversation({ agentSessionId }: LaunchRequest): string[] {
  return agentSessionId ? [`--session-id=${agentSessionId}`] : [];
}

function launchWith(request: LaunchRequest, chosen: string[]): AgentLaunch {
  const plugin = join(request.sessionDir, "copilot-plugin");
  const instructions = join(request.sessionDir, "copilot-instructions");
  const model = request.model ? [`--model=${request.model}`] : [];
  const prompt = request.prompt ? [`--interactive=${promptArgument(request)}`] : [];
  return {
    argv: [
      "copilot",
      ...chosen,
      `--plugin-dir=${plugin}`,
      ...modeFlags[request.mode],
      ...model,
      ...prompt,
    ],
    env: { COPILOT_CUSTOM_INSTRUCTIONS_DIRS: instructions },
    files: [
      { path: join(plugin, "plugin.json"), content: JSON.stringify(manifest) },
      { path: join(plugin, "hooks.json"), content: JSON.stringify(hooksOf(request), null, 2) },
      { path: join(instructions, "AGENTS.md"), content: `${request.systemPrompt}\n` },
    ],
  };
}

/** A plugin of one launch is the program's own way to bring hooks along. */
const manifest = {
  name: "ao-session",
  version: "1.0.0",
  description: "Reports to ao what the agent does",
  hooks: "hooks.json",
};

function hooksOf(request: LaunchRequest): object {
  const hooks = hookEvents.map((event) => [
    event,
    [{ type: "command", bash: request.hookCommand(event), timeoutSec }],
  ]);
  return { version: 1, hooks: Object.fromEntries(hooks) };
}

function meaningOf(event: string, payload: Record<string, unknown>): HookMeaning | undefined {
  const input = payload["toolArgs"] ?? payload["toolInput"];
  // A permission names what it is about, but not the tool.
  const call = toolCall("", input);
  switch (event) {
    case "sessionStart":
      return { kind: "started" };
    case "userPromptSubmitted":
      return promptMeaning(text(payload, "prompt"));
    case "preToolUse":
      return { kind: "tool_started", call };
    // Raised for every call, allowed or not; the notification tells of a dialog.
    case "permissionRequest":
      return { kind: "alive" };
    case "postToolUse":
    case "postToolUseFailure":
      return { kind: "tool_ended", call };
    case "notification":
      return notificationMeaning(payload);
    case "agentStop":
      return { kind: "turn_ended" };
    // After one that is recoverable it tries again by itself; its journal tells when it gives up.
    case "errorOccurred":
      if (payload["recoverable"] === true) return { kind: "alive" };
      return { kind: "turn_failed", text: errorText(payload) };
    default:
      return undefined;
  }
}

/** A long paste goes into a file of the session, and the prompt only points to it. */
function promptMeaning(prompt: string): HookMeaning {
  const found = prompt.matchAll(/<pasted_content file="([^"]+)"[^>]*\/>/g);
  const pasted = [...found].map(([placeholder, path = ""]) => ({ placeholder, path }));
  return { kind: "prompted", prompt, ...(pasted.length > 0 ? { pasted } : {}) };
}

function notificationMeaning(payload: Record<string, unknown>): HookMeaning {
  if (text(payload, "notification_type") !== "permission_prompt") return { kind: "alive" };
  const message = text(payload, "message");
  const asked: HookMeaning = { kind: "asked", dialog: "approval", text: message };
  const [, command] = /^Run command: ([^]+)$/.exec(message) ?? [];
  return command === undefined ? asked : { ...asked, call: toolCall("", { command }) };
}

function errorText(payload: Record<string, unknown>): string {
  const { error } = payload;
  const fields = typeof error === "object" && error !== null ? Object.entries(error) : [];
  return text(Object.fromEntries(fields), "message") || text(payload, "error") || "it failed";
}
