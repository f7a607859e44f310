import { text } from "./payload.ts";
import type { AgentState, StateJournal } from "./port.ts";

/**
 * Copilot notes there that a person has broken off a turn, which no hook tells, and that it has
 * given one up after an error: its hook tells of every try alike.
 */
export const copilotState: StateJournal = {
  file: (agentSessionId) => ({
    variable: "COPILOT_HOME",
    otherwise: "~/.copilot",
    name: `session-state/${agentSessionId}/events.jsonl`,
  }),
  readLine: (event) => {
    const activity = activities.get(text(event, "type"));
    const at = Date.parse(text(event, "timestamp"));
    if (activity === undefined || Number.isNaN(at)) return undefined;
    if (activity !== "waiting_input") return { activity, at };
    return { activity, at, detail: { kind: "question", text: messageOf(event["data"]) } };
  },
};

/** So much of an error is kept. */
const messageLength = 500;

function messageOf(data: unknown): string {
  const fields = typeof data === "object" && data !== null ? Object.entries(data) : [];
  const message = text(Object.fromEntries(fields), "message");
  return message.slice(0, messageLength) || "the turn failed";
}

const activities = new Map<string, AgentState["activity"]>([
  ["session.error", "waiting_input"],
  ["abort", "idle"],
  ["user.message", "active"],
  ["assistant.turn_start", "active"],
  ["tool.execution_start", "active"],
]);
