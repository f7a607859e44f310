import { join } from "node:path";

import type { HookEvent } from "../domain/hook.ts";
import type { PermissionMode } from "../domain/session.ts";
import { text } from "./payload.ts";
import type { AgentAdapter, LaunchRequest } from "./port.ts";

/** One rule of opencode: the last one that fits counts. */
export interface OpencodeRule {
  permission: string;
  pattern: string;
  action: "allow" | "ask" | "deny";
}

type Actions = Record<string, OpencodeRule["action"]>;

/** What each mode lays over the person's own settings, which hold where it says nothing. */
const modeActions: Record<PermissionMode, Actions> = {
  default: {},
  "accept-edits": { edit: "allow", bash: "ask", webfetch: "ask", external_directory: "ask" },
  // What the person's settings would ask is answered by `ao`; what they deny stays denied.
  auto: {},
  bypass: { "*": "allow" },
};

export const opencode: AgentAdapter = {
  name: "opencode",
  title: "opencode",
  isTried: true,
  programs: ["opencode"],
  searchPaths: ["~/.opencode/bin", "~/.local/bin", "~/.npm-global/bin", "/opt/homebrew/bin"],
  installHint: "npm install -g opencode-ai",
  minimumVersion: "1.18.0",
  authentication: {
    variables: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"],
    files: [{ variable: "XDG_DATA_HOME", otherwise: "~/.local/share", name: "opencode/auth.json" }],
  },
  hasSignals: true,
  announcesStart: true,
  receipts: "http",
  acceptsSteering: true,
  conversation: "learned",
  missingModes: [],
  // The event stream tells of each and of its end; the screen may show another conversation.
  dialogs: [],
  readHook,
  // Both start the same: the host knows the session's conversation, and whether it has its task.
  launch,
  resume: launch,
};

/** The rules that a mode gives to a conversation. */
export function opencodeRules(mode: PermissionMode): OpencodeRule[] {
  return Object.entries(modeActions[mode]).map(([permission, action]) => ({
    permission,
    pattern: "*",
    action,
  }));
}

/** What the host of a launch needs besides the session's row. */
export interface OpencodeConfigRequest {
  sessionDir: string;
  model: string | null;
  mode: PermissionMode;
  /** `OPENCODE_CONFIG_CONTENT` of the person's own shell. */
  own: string | undefined;
}

/**
 * The settings of one launch, for `OPENCODE_CONFIG_CONTENT`: opencode lays them over the person's
 * files, and no file of theirs is touched.
 */
export function opencodeConfig({ sessionDir, model, mode, own }: OpencodeConfigRequest): string {
  const kept = settingsOf(own);
  const listed = kept["instructions"];
  const permission = modeActions[mode];
  return JSON.stringify({
    ...kept,
    autoupdate: false,
    instructions: [...(Array.isArray(listed) ? listed : []), instructionsPath(sessionDir)],
    ...(model === null ? {} : { model }),
    ...(Object.keys(permission).length > 0 ? { permission } : {}),
  });
}

function launch(request: LaunchRequest) {
  const content = request.systemPrompt;
  const files = [{ path: instructionsPath(request.sessionDir), content }];
  return { argv: ["__opencode"], isOwn: true, files };
}

function instructionsPath(sessionDir: string): string {
  return join(sessionDir, "instructions.md");
}

function settingsOf(content: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(content ?? "{}");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // It may have comments, which opencode would read; the files of the person hold all the same.
    return {};
  }
}

/** Reads what the host reports of the server's event stream. */
function readHook(event: string, payload: Record<string, unknown>): HookEvent | undefined {
  const id = text(payload, "sessionID");
  const about = id === "" ? {} : { agentSessionId: id };
  const call = text(payload, "id");
  switch (event) {
    case "started":
      return { meaning: { kind: "started" }, ...about };
    case "taken":
      return { meaning: { kind: "prompted", prompt: text(payload, "text") }, ...about };
    case "busy":
      return { meaning: { kind: "working" }, ...about };
    case "idle":
      return { meaning: { kind: "turn_ended" }, ...about };
    case "failed":
      return { meaning: { kind: "turn_failed", text: text(payload, "text") }, ...about };
    case "approval":
    case "question":
      return {
        meaning: { kind: "asked", dialog: event, text: text(payload, "text"), call, isShown: true },
      };
    case "answered":
      return { meaning: { kind: "tool_ended", call } };
    default:
      return undefined;
  }
}
