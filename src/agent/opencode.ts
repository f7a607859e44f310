import { join } from "node:path";

import type { AgentAdapter, LaunchRequest } from "./port.ts";
import { promptArgument } from "./prompt.ts";

export const opencode: AgentAdapter = {
  name: "opencode",
  title: "opencode",
  isTried: true,
  programs: ["opencode"],
  searchPaths: ["~/.opencode/bin", "~/.local/bin", "~/.npm-global/bin", "/opt/homebrew/bin"],
  installHint: "npm install -g opencode-ai",
  minimumVersion: "1.18.0",
  hasSignals: false,
  receipts: "none",
  acceptsSteering: false,
  conversation: "learned",
  missingModes: ["accept-edits"],
  dialogs: [{ kind: "approval", pattern: /permission required[\s\S]*allow once/i }],
  launch: (request) => ({ ...base(request, promptFlag(request)), files: [instructions(request)] }),
  // A prompt given together with `--session` is ignored, so it goes through the inbox instead.
  resume: (request) => ({
    ...base(request, ["--session", request.agentSessionId]),
    files: [instructions(request)],
  }),
};

function base(request: LaunchRequest, tail: string[]) {
  const model = request.model ? ["--model", request.model] : [];
  const isAuto = request.mode === "auto" || request.mode === "bypass";
  // Merged over the person's own configuration by opencode itself.
  const config = { autoupdate: false, instructions: [instructions(request).path] };
  return {
    argv: ["opencode", ...(isAuto ? ["--auto"] : []), ...model, ...tail],
    env: { OPENCODE_CONFIG_CONTENT: JSON.stringify(config) },
  };
}

function instructions(request: LaunchRequest): { path: string; content: string } {
  return { path: join(request.sessionDir, "instructions.md"), content: request.systemPrompt };
}

function promptFlag(request: LaunchRequest): string[] {
  return request.prompt ? ["--prompt", promptArgument(request)] : [];
}
