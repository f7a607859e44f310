import { label, paragraph } from "./foreign.ts";

/** Everything that a person may be told of. */
export const notificationKinds = [
  "needs_approval",
  "needs_input",
  "stuck",
  "agent_exited",
  "runtime_unreachable",
  "ready_to_merge",
  "pr_merged",
  "pr_closed",
  "feedback_escalated",
] as const;

/** Ways out of `ao`: the desktop's own notifications, or a command of the person's. */
export const sinks = ["desktop", "command"] as const;
export type SinkName = (typeof sinks)[number];

/** What of a notification is told; the texts may be foreign. */
export interface Told {
  title: string;
  body: string;
}

/** Titles that one message names; the rest is counted. */
const named = 5;

/** Longest body of a message, in characters. */
const bodyLength = 1_000;

/** One message for all that came together, without anything that a terminal would obey. */
export function composeMessage(told: readonly Told[]): Told {
  const [first] = told;
  if (!first) throw new Error("a message tells of something");
  if (told.length === 1) {
    return { title: label(first.title), body: paragraph(first.body, bodyLength) };
  }
  const lines = told.slice(0, named).map(({ title }) => label(title));
  const rest = told.length - lines.length;
  if (rest > 0) lines.push(`… and ${rest} more`);
  return { title: `ao: ${told.length} notifications`, body: lines.join("\n") };
}
