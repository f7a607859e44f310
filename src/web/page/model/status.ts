import type { PrStatus } from "../../../domain/pr.ts";
import type { Status } from "../../../domain/status.ts";

/** What a colour says: wants the person, can be merged, goes on, is broken, is at rest. */
export type Tone = "attention" | "ready" | "work" | "red" | "quiet";

const tones: Record<Status, Tone> = {
  needs_approval: "attention",
  needs_input: "attention",
  stuck: "attention",
  no_signal: "attention",
  exited: "attention",
  idle: "quiet",
  mergeable: "ready",
  approved: "ready",
  spawning: "work",
  working: "work",
  detecting: "work",
  unknown: "quiet",
  draft: "quiet",
  ci_pending: "work",
  review_pending: "work",
  pr_open: "work",
  ci_failed: "red",
  merge_conflict: "red",
  changes_requested: "red",
  merged: "ready",
  done: "quiet",
  failed: "red",
  killed: "quiet",
  lost: "red",
};

/** Notices that are named by no status. */
const noticeTones: Record<string, Tone> = {
  ready_to_merge: "ready",
  pr_merged: "ready",
  agent_exited: "attention",
  feedback_escalated: "red",
  runtime_unreachable: "red",
};

const allTones = new Map(Object.entries({ ...tones, ...noticeTones }));

/** The tone of a status or of a notice; one that is not known is shown as at rest. */
export function toneOf(name: string): Tone {
  return allTones.get(name) ?? "quiet";
}

const labels: Record<string, string> = {
  ci_failed: "CI failed",
  ci_pending: "CI running",
  pr_open: "PR open",
  mergeable: "ready to merge",
  review_pending: "waits for review",
};

/** A status, a state or a verdict in words. */
export function labelOf(status: Status | PrStatus | string): string {
  return labels[status] ?? status.replaceAll("_", " ");
}
