import type { Session } from "./wire.ts";

type Facts = Pick<Session, "isTerminated" | "status" | "activity" | "agentSessionId">;

/**
 * Whether a status may change without any event: that of an agent which reports nothing comes from
 * how long its terminal has been silent, and one that has reported nothing yet is late in time.
 */
export function isClockBound({ isTerminated, status, activity, agentSessionId }: Facts): boolean {
  if (isTerminated) return false;
  if (status === "working") return activity !== "active";
  return status === "unknown" || (status === "idle" && agentSessionId === null);
}
