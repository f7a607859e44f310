import { join } from "node:path";

import { type HookMeaning, toolCall } from "../domain/hook.ts";
import type { PermissionMode } from "../domain/session.ts";
import { claudeState } from "./claude-state.ts";
import { newConversation } from "./conversation.ts";
import { hookReader, sharedMeaning } from "./hook-meaning.ts";
import { text } from "./payload.ts";
import type { AgentAdapter, AgentLaunch, KnownDialog, LaunchRequest } from "./port.ts";
import { promptArgument } from "./prompt.ts";

const modeFlags: Record<PermissionMode, string[]> = {
  default: [],
  "accept-edits": ["--permission-mode", "acceptEdits"],
  auto: ["--permission-mode", "auto"],
  bypass: ["--permission-mode", "bypassPermissions"],
};

/** Every hook that tells something; the rest of its thirty are left alone. */
const hookEvents = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PermissionRequest",
  "PostToolUse",
  "PostToolUseFailure",
  "PermissionDenied",
  "Notification",
  "Stop",
  "StopFailure",
];

/** How long the program waits for a hook, in seconds; `ao hook` needs milliseconds. */
const hookSeconds = 10;

/** A dialog is the last thing on the screen: the composer is gone while one is up. */
const dialogs: KnownDialog[] = [
  { kind: "trust", pattern: /one you trust\?[\s\S]*yes, i trust this folder[\s\S]{0,120}$/i },
  { kind: "login", pattern: /do you want to use this api key\?[\s\S]{0,120}$/i },
  { kind: "login", pattern: /select login method:[\s\S]{0,600}$/i },
  {
    kind: "approval",
    pattern: /(?:^|\n) *Do you want to [^\n]*\?\n[ ❯]*1\. [\s\S]{0,900}\bEsc to cancel\b[^\n]*\s*$/,
    answer: {
      allowIsSelected: /(?:^|\n) *Do you want to [^\n]*\?\n *❯ 1\. Yes *\n[\s\S]{0,900}$/,
      allowKeys: "\r",
      // Refuses, and ends the turn: the agent then waits to be told what to do instead.
      denyKeys: "\x1b",
    },
  },
];

export const claudeCode: AgentAdapter = {
  name: "claude-code",
  title: "Claude Code",
  isTried: true,
  programs: ["claude"],
  searchPaths: ["~/.claude/local", "~/.local/bin", "~/.npm-global/bin", "/opt/homebrew/bin"],
  installHint: "npm install -g @anthropic-ai/claude-code",
  minimumVersion: "2.1.0",
  authentication: {
    variables: ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"],
    files: [],
    command: ["auth", "status"],
  },
  hasSignals: true,
  announcesStart: true,
  receipts: "hook",
  acceptsSteering: false,
  conversation: "chosen",
  missingModes: [],
  dialogs,
  readHook: hookReader(meaningOf),
  state: claudeState,
  launch: (request) => launchWith(request, newConversation(request)),
  resume: (request) => launchWith(request, ["--resume", request.agentSessionId]),
};

function launchWith(request: LaunchRequest, chosen: string[]): AgentLaunch {
  const settings = join(request.sessionDir, "claude-settings.json");
  const model = request.model ? ["--model", request.model] : [];
  const prompt = request.prompt ? ["--", promptArgument(request)] : [];
  return {
    argv: [
      "claude",
      ...chosen,
      ...modeFlags[request.mode],
      ...model,
      "--settings",
      settings,
      "--append-system-prompt",
      request.systemPrompt,
      ...prompt,
    ],
    // The program's own way to take a folder for trusted without a lasting entry. It is started in
    // a worktree of a repository that the person has added to `ao`.
    env: { CLAUDE_CODE_SANDBOXED: "1" },
    files: [{ path: settings, content: JSON.stringify(settingsOf(request), null, 2) }],
  };
}

/** Settings for this launch alone; the program merges them over the person's own. */
function settingsOf(request: LaunchRequest): object {
  const hooks = hookEvents.map((event) => {
    const run = { type: "command", command: request.hookCommand(event), timeout: hookSeconds };
    return [event, [{ hooks: [run] }]];
  });
  // Who asks `ao` for this mode has been warned by its name.
  const isWarned = request.mode === "bypass" ? { skipDangerousModePermissionPrompt: true } : {};
  return { hooks: Object.fromEntries(hooks), ...isWarned };
}

function meaningOf(event: string, payload: Record<string, unknown>): HookMeaning | undefined {
  const tool = text(payload, "tool_name");
  const meaning = sharedMeaning(event, payload);
  if (meaning?.kind === "asked" && tool === "AskUserQuestion") {
    return { ...meaning, dialog: "question" };
  }
  switch (event) {
    case "PostToolUseFailure":
    case "PermissionDenied":
      return { kind: "tool_ended", call: toolCall(tool, payload["tool_input"]) };
    case "Notification":
      return notificationMeaning(payload);
    case "StopFailure": {
      const why = text(payload, "last_assistant_message", "error") || "the turn failed";
      return { kind: "turn_failed", text: why };
    }
    default:
      return meaning;
  }
}

/** A permission prompt is told seconds after PermissionRequest, without the call it is about. */
function notificationMeaning(payload: Record<string, unknown>): HookMeaning {
  const message = text(payload, "message");
  switch (text(payload, "notification_type")) {
    case "idle_prompt":
      return { kind: "waiting" };
    case "elicitation_dialog":
      return { kind: "asked", dialog: "question", text: message };
    default:
      return { kind: "alive" };
  }
}
