import { join } from "node:path";

import { type HookMeaning, toolCall } from "../domain/hook.ts";
import type { PermissionMode } from "../domain/session.ts";
import { newConversation } from "./conversation.ts";
import { hookReader } from "./hook-meaning.ts";
import { text } from "./payload.ts";
import type { AgentAdapter, AgentLaunch, KnownDialog, LaunchRequest } from "./port.ts";
import { promptArgument } from "./prompt.ts";

const modeFlags: Partial<Record<PermissionMode, string[]>> = {
  default: [],
  "accept-edits": ["--approval-mode", "auto_edit"],
  bypass: ["--approval-mode", "yolo"],
};

const hookEvents = [
  "SessionStart",
  "BeforeAgent",
  "BeforeTool",
  "AfterTool",
  "AfterAgent",
  "Notification",
];

/** The box of an approval ends the screen: composer and footer are gone while it is up. */
const choices = "1\\. Allow once *│\\n[^]{0,600}No, suggest changes \\(esc\\) *│\\n╰─+╯\\s*$";

const dialogs: KnownDialog[] = [
  { kind: "trust", pattern: /do you trust (?:the files in )?this folder\?/i },
  { kind: "login", pattern: /how would you like to authenticate for this project\?/i },
  {
    kind: "approval",
    pattern: new RegExp(choices),
    answer: {
      allowIsSelected: new RegExp(`│ ● ${choices}`),
      allowKeys: "\r",
      denyKeys: "\x1b",
    },
  },
];

export const gemini: AgentAdapter = {
  name: "gemini",
  title: "Gemini CLI",
  isTried: true,
  programs: ["gemini"],
  searchPaths: ["~/.local/bin", "~/.npm-global/bin", "/opt/homebrew/bin"],
  installHint: "npm install -g @google/gemini-cli",
  minimumVersion: "0.60.0",
  authentication: {
    variables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    files: [{ variable: "GEMINI_CLI_HOME", otherwise: "~", name: ".gemini/oauth_creds.json" }],
  },
  hasSignals: true,
  announcesStart: true,
  receipts: "hook",
  acceptsSteering: false,
  conversation: "chosen",
  missingModes: ["auto"],
  dialogs,
  // A count of seconds stands behind it; a turn that is cancelled fires no hook.
  turnMark: /\(esc to cancel/,
  // The program notes there which hooks of a folder it has warned about.
  trustList: {
    file: { variable: "GEMINI_CLI_HOME", otherwise: "~", name: ".gemini/trusted_hooks.json" },
    key: null,
  },
  readHook: hookReader(meaningOf),
  launch: (request) => launchWith(request, newConversation(request)),
  resume: (request) => launchWith(request, ["--resume", request.agentSessionId]),
};

function launchWith(request: LaunchRequest, chosen: string[]): AgentLaunch {
  const context = join(request.sessionDir, "gemini-context.json");
  const model = request.model ? ["--model", request.model] : [];
  const prompt = request.prompt ? [`--prompt-interactive=${promptArgument(request)}`] : [];
  return {
    argv: ["gemini", ...chosen, ...(modeFlags[request.mode] ?? []), ...model, ...prompt],
    // For this session alone; the flag of the same meaning comes too late for hooks.
    env: { GEMINI_CLI_TRUST_WORKSPACE: "true" },
    files: [{ path: context, content: JSON.stringify(contextOf(request)) }],
    // The program takes system settings of root alone, and has no flag for any.
    worktreeFiles: {
      folder: ".gemini",
      files: { "settings.json": JSON.stringify(settingsOf(request, context), null, 2) },
    },
  };
}

function settingsOf(request: LaunchRequest, context: string): object {
  const hooks = hookEvents.map((event): [string, object[]] => {
    const run = { type: "command", name: `ao-${event}`, command: request.hookCommand(event) };
    return [event, [{ hooks: [run] }]];
  });
  const tell = { type: "command", name: "ao-context", command: `cat '${context}'` };
  for (const [event, groups] of hooks) if (event === "SessionStart") groups.push({ hooks: [tell] });
  return { hooks: Object.fromEntries(hooks) };
}

/** There is no flag for a system prompt; what this hook prints is told to the model. */
function contextOf({ systemPrompt }: LaunchRequest): object {
  const hookEventName = "SessionStart";
  return { hookSpecificOutput: { hookEventName, additionalContext: systemPrompt } };
}

function meaningOf(event: string, payload: Record<string, unknown>): HookMeaning | undefined {
  // A permission names what it is about, but not the tool.
  const call = toolCall("", payload["tool_input"]);
  switch (event) {
    case "SessionStart":
      return { kind: "started" };
    case "BeforeAgent":
      return { kind: "prompted", prompt: text(payload, "prompt") };
    case "BeforeTool":
      return { kind: "tool_started", call };
    case "AfterTool":
      return { kind: "tool_ended", call };
    case "AfterAgent":
      return { kind: "turn_ended" };
    case "Notification":
      return notificationMeaning(payload);
    default:
      return undefined;
  }
}

function notificationMeaning(payload: Record<string, unknown>): HookMeaning {
  if (text(payload, "notification_type") !== "ToolPermission") return { kind: "alive" };
  const call = toolCall("", payload["details"]);
  const asked = `${text(payload, "message")}: ${call}`;
  return { kind: "asked", dialog: "approval", text: asked, call };
}
