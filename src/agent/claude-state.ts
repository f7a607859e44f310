import type { AgentState, StateFile } from "./port.ts";

/**
 * Claude Code keeps a small file about every running process of its own. It also tells what no
 * hook does: that a person pressed Escape, or refused a dialog.
 */
export const claudeState: StateFile = {
  folder: { variable: "CLAUDE_CONFIG_DIR", otherwise: "~/.claude", name: "sessions" },
  read,
};

function read(content: Record<string, unknown>): AgentState | undefined {
  const { sessionId, status, waitingFor, statusUpdatedAt } = content;
  if (typeof sessionId !== "string") return undefined;
  const activity = activities.get(typeof status === "string" ? status : "");
  if (activity === undefined) return undefined;
  const at = typeof statusUpdatedAt === "number" ? statusUpdatedAt : 0;
  const state = { agentSessionId: sessionId, activity, at };
  if (activity !== "blocked") return state;
  const what = typeof waitingFor === "string" ? waitingFor : "input needed";
  const kind = what === "permission prompt" ? "approval" : "question";
  return { ...state, detail: { kind, text: what } };
}

/** `shell`: the turn has ended, and a command that it started in the background runs on. */
const activities = new Map<string, AgentState["activity"]>([
  ["idle", "idle"],
  ["shell", "idle"],
  ["busy", "active"],
  ["waiting", "blocked"],
]);
