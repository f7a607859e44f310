import { AoError } from "../error.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { command } from "./command.ts";
import { copilot } from "./copilot.ts";
import { gemini } from "./gemini.ts";
import { opencode } from "./opencode.ts";
import type { AgentAdapter } from "./port.ts";
import { qwen } from "./qwen.ts";
import { recipeAgents } from "./recipes.ts";

/** Every kind of agent, by name. */
export const agents: ReadonlyMap<string, AgentAdapter> = new Map(
  [claudeCode, codex, opencode, gemini, qwen, copilot, ...recipeAgents, command].map((adapter) => [
    adapter.name,
    adapter,
  ]),
);

/** The adapter of an agent. Throws `usage` for a name that nobody knows. */
export function agentNamed(name: string): AgentAdapter {
  const found = agents.get(name);
  if (found) return found;
  const known = [...agents.keys()].join(", ");
  throw new AoError("usage", `agent ${name} is not known`, `one of: ${known}`);
}
