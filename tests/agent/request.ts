import type { LaunchRequest } from "../../src/agent/port.ts";

/** A request as a spawn makes it, with anything changed that a test is about. */
export function requestWith(given: Partial<LaunchRequest> = {}): LaunchRequest {
  return {
    sessionId: "shop-1",
    worktree: "/data/worktrees/shop/shop-1",
    sessionDir: "/data/sessions/shop-1",
    prompt: "fix it",
    promptFile: "/data/sessions/shop-1/prompt.txt",
    systemPrompt: "stay in your worktree",
    model: null,
    mode: "default",
    agentSessionId: "0cb916db-26aa-40f2-86b5-1ba81b225fd2",
    command: null,
    hookCommand: (event) => `ao hook x ${event}`,
    ...given,
  };
}
