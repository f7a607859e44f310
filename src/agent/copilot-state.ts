import { text } from "./payload.ts";
import type { AgentState, StateJournal } from "./port.ts";

/** Copilot notes there that a person has broken off a turn, which no hook tells. */
export const copilotState: StateJournal = {
  file: (agentSessionId) => ({
    variable: "COPILOT_HOME",
    otherwise: "~/.copilot",
    name: `session-state/${agentSessionId}/events.jsonl`,
  }),
  readLine: (event) => {
    const activity = activities.get(text(event, "type"));
    const at = Date.parse(text(event, "timestamp"));
    return activity === undefined || Number.isNaN(at) ? undefined : { activity, at };
  },
};

const activities = new Map<string, AgentState["activity"]>([
  ["abort", "idle"],
  ["user.message", "active"],
  ["assistant.turn_start", "active"],
  ["tool.execution_start", "active"],
]);
