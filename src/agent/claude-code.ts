import type { PermissionMode } from "../domain/session.ts";
import type { AgentAdapter, LaunchRequest } from "./port.ts";
import { promptArgument } from "./prompt.ts";

const modeFlags: Record<PermissionMode, string[]> = {
  default: [],
  "accept-edits": ["--permission-mode", "acceptEdits"],
  auto: ["--permission-mode", "auto"],
  bypass: ["--permission-mode", "bypassPermissions"],
};

export const claudeCode: AgentAdapter = {
  name: "claude-code",
  title: "Claude Code",
  isTried: true,
  programs: ["claude"],
  searchPaths: ["~/.claude/local", "~/.local/bin", "~/.npm-global/bin", "/opt/homebrew/bin"],
  installHint: "npm install -g @anthropic-ai/claude-code",
  minimumVersion: "2.1.0",
  hasSignals: false,
  receipts: "none",
  acceptsSteering: false,
  conversation: "chosen",
  missingModes: [],
  dialogs: [
    { kind: "trust", pattern: /do you trust the files in this folder/i },
    { kind: "trust", pattern: /is this a project you (created|trust)/i },
    { kind: "login", pattern: /select login method|detected a custom api key/i },
    { kind: "approval", pattern: /do you want to [^\n]*\n[\s\S]*❯ ?1\. /i },
  ],
  launch: (request) => ({ argv: argv(request, newConversation(request)) }),
  resume: (request) => ({ argv: argv(request, ["--resume", request.agentSessionId]) }),
};

function newConversation({ agentSessionId }: LaunchRequest): string[] {
  return agentSessionId ? ["--session-id", agentSessionId] : [];
}

function argv(request: LaunchRequest, conversation: string[]): string[] {
  const model = request.model ? ["--model", request.model] : [];
  const prompt = request.prompt ? ["--", promptArgument(request)] : [];
  return [
    "claude",
    ...conversation,
    ...modeFlags[request.mode],
    ...model,
    "--append-system-prompt",
    request.systemPrompt,
    ...prompt,
  ];
}
