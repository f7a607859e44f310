import type { LaunchRequest } from "./port.ts";

/** The flag by which Claude Code, Gemini CLI and Qwen Code take the id of a new conversation. */
export function newConversation({ agentSessionId }: LaunchRequest): string[] {
  return agentSessionId ? ["--session-id", agentSessionId] : [];
}
