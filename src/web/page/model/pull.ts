import type { InferOutput } from "valibot";

import type { checksSchema, pullDetailsSchema, pullSchema } from "../../schema/pull.ts";
import type { Tone } from "./status.ts";

export type Pull = InferOutput<typeof pullSchema>;
export type PullDetails = InferOutput<typeof pullDetailsSchema>;
export type PullCheck = InferOutput<typeof checksSchema>["checks"][number];
export type PullReview = PullDetails["reviews"][number];
export type PullThread = PullDetails["threads"][number];
export type PullComment = PullThread["comments"][number];

/** Those that wait for something first, the ready ones on top; then the last changed. */
export function inOrder(pulls: readonly Pull[]): Pull[] {
  const rank = (pull: Pull) => (pull.isReady ? 0 : isOpenPull(pull) ? 1 : 2);
  return pulls.toSorted((a, b) => rank(a) - rank(b) || b.updatedAt.localeCompare(a.updatedAt));
}

/** Whether it can still be merged. */
export function isOpenPull({ state }: Pick<Pull, "state">): boolean {
  return state === "open" || state === "draft";
}

/** The colour of a check, a review or a state of CI. */
export function toneOfVerdict(verdict: string): Tone {
  if (/^(?:passing|passed|approved|mergeable|merged)$/.test(verdict)) return "ready";
  if (/^(?:failing|failed|cancelled|changes_requested|conflicting)$/.test(verdict)) return "red";
  return /^(?:pending|in_progress|queued)$/.test(verdict) ? "work" : "quiet";
}
