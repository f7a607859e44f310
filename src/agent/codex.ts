import type { PermissionMode } from "../domain/session.ts";
import type { AgentAdapter, LaunchRequest } from "./port.ts";
import { promptArgument } from "./prompt.ts";

const modeFlags: Partial<Record<PermissionMode, string[]>> = {
  default: [],
  "accept-edits": ["--sandbox", "workspace-write", "--ask-for-approval", "on-request"],
  auto: ["--sandbox", "workspace-write", "--ask-for-approval", "never"],
  bypass: ["--dangerously-bypass-approvals-and-sandbox"],
};

/** Without `--no-daemon` codex leaves a detached server and updater behind. */
const quietFlags = ["--no-daemon", "-c", "check_for_update_on_startup=false"];

export const codex: AgentAdapter = {
  name: "codex",
  title: "Codex",
  isTried: true,
  programs: ["codex"],
  searchPaths: ["~/.local/bin", "~/.npm-global/bin", "/opt/homebrew/bin"],
  installHint: "npm install -g @openai/codex",
  minimumVersion: "0.160.0",
  hasSignals: false,
  receipts: "none",
  acceptsSteering: false,
  conversation: "learned",
  missingModes: [],
  dialogs: [
    { kind: "trust", pattern: /do you trust the contents of this directory/i },
    { kind: "trust", pattern: /hooks need review/i },
    { kind: "login", pattern: /sign in with chatgpt/i },
    { kind: "approval", pattern: /would you like to (run|make|grant)[^\n]*/i },
  ],
  launch: (request) => ({ argv: ["codex", ...flags(request), ...prompt(request)] }),
  resume: (request) => ({
    argv: ["codex", "resume", ...flags(request), request.agentSessionId, ...prompt(request)],
  }),
};

function flags(request: LaunchRequest): string[] {
  const model = request.model ? ["--model", request.model] : [];
  const instructions = `developer_instructions=${JSON.stringify(request.systemPrompt)}`;
  return [...quietFlags, ...(modeFlags[request.mode] ?? []), ...model, "-c", instructions];
}

function prompt(request: LaunchRequest): string[] {
  return request.prompt ? ["--", promptArgument(request)] : [];
}
