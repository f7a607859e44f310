import { join } from "node:path";

import { type HookMeaning, toolCall } from "../domain/hook.ts";
import type { PermissionMode } from "../domain/session.ts";
import { newConversation } from "./conversation.ts";
import { hookReader, sharedMeaning } from "./hook-meaning.ts";
import { text } from "./payload.ts";
import type { AgentAdapter, AgentLaunch, KnownDialog, LaunchRequest } from "./port.ts";
import { promptArgument } from "./prompt.ts";

const modeFlags: Record<PermissionMode, string[]> = {
  default: [],
  "accept-edits": ["--approval-mode", "auto-edit"],
  auto: [],
  bypass: ["--approval-mode", "yolo"],
};

const hookEvents = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PermissionRequest",
  "PostToolUse",
  "PostToolUseFailure",
  "Notification",
  "Stop",
  "StopFailure",
];

/** The box of an approval, below which only a line that it is waited for may stand. */
const boxEnd = "(?:[│ ]*\\n)* *╰─+╯\\s*(?:[^\\n]*Waiting for user confirmation[^\\n]*)?\\s*$";
const choices = `1\\. Yes, allow once *│\\n[^]{0,900}No, suggest changes \\(esc\\) *│\\n${boxEnd}`;

const dialogs: KnownDialog[] = [
  { kind: "trust", pattern: /do you trust (?:the files in )?this folder\?/i },
  { kind: "login", pattern: /how would you like to authenticate|select authentication method/i },
  {
    kind: "approval",
    pattern: new RegExp(choices),
    answer: {
      allowIsSelected: new RegExp(`│ › ${choices}`),
      allowKeys: "\r",
      denyKeys: "\x1b",
    },
  },
];

export const qwen: AgentAdapter = {
  name: "qwen",
  title: "Qwen Code",
  isTried: true,
  programs: ["qwen"],
  searchPaths: ["~/.local/bin", "~/.npm-global/bin", "/opt/homebrew/bin"],
  installHint: "npm install -g @qwen-code/qwen-code",
  minimumVersion: "0.15.0",
  authentication: {
    variables: ["OPENAI_API_KEY", "DASHSCOPE_API_KEY", "BAILIAN_CODING_PLAN_API_KEY"],
    files: [{ variable: "QWEN_HOME", otherwise: "~/.qwen", name: "oauth_creds.json" }],
  },
  hasSignals: true,
  announcesStart: true,
  receipts: "hook",
  acceptsSteering: false,
  conversation: "chosen",
  missingModes: ["auto"],
  dialogs,
  readHook: hookReader(meaningOf),
  launch: (request) => launchWith(request, newConversation(request)),
  resume: (request) => launchWith(request, ["--resume", request.agentSessionId]),
};

function launchWith(request: LaunchRequest, chosen: string[]): AgentLaunch {
  const settings = join(request.sessionDir, "qwen-settings.json");
  const trusted = join(request.sessionDir, "qwen-trusted-folders.json");
  const model = request.model ? ["--model", request.model] : [];
  const prompt = request.prompt ? [`--prompt-interactive=${promptArgument(request)}`] : [];
  return {
    argv: [
      "qwen",
      ...chosen,
      ...modeFlags[request.mode],
      ...model,
      `--append-system-prompt=${request.systemPrompt}`,
      ...prompt,
    ],
    env: {
      // The layer below all others: what the person has set wins, and lists of hooks are joined.
      QWEN_CODE_SYSTEM_DEFAULTS_PATH: settings,
      QWEN_CODE_TRUSTED_FOLDERS_PATH: trusted,
    },
    files: [
      { path: settings, content: JSON.stringify({ hooks: hooksOf(request) }, null, 2) },
      { path: trusted, content: JSON.stringify({ [request.worktree]: "TRUST_FOLDER" }) },
    ],
  };
}

function hooksOf(request: LaunchRequest): object {
  const hooks = hookEvents.map((event) => {
    const run = { type: "command", name: `ao-${event}`, command: request.hookCommand(event) };
    return [event, [{ hooks: [run] }]];
  });
  return Object.fromEntries(hooks);
}

function meaningOf(event: string, payload: Record<string, unknown>): HookMeaning | undefined {
  switch (event) {
    case "PostToolUseFailure":
      return {
        kind: "tool_ended",
        call: toolCall(text(payload, "tool_name"), payload["tool_input"]),
      };
    case "Notification":
      return { kind: text(payload, "notification_type") === "idle_prompt" ? "waiting" : "alive" };
    case "StopFailure":
      return { kind: "turn_failed", text: text(payload, "error") || "the turn failed" };
    default:
      return sharedMeaning(event, payload);
  }
}
