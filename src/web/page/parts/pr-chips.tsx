import type { Tone } from "../model/status.ts";
import type { Session } from "../model/wire.ts";
import { Out } from "./out.tsx";

type Pr = Session["prs"][number];

/** The pull requests of a session, each with the worst that is known of it. */
export function PrChips({ prs }: { prs: readonly Pr[] }) {
  return (
    <>
      {prs.map((pr) => (
        <Out
          key={pr.url}
          class={`pr-chip tone-${toneOfPr(pr)}`}
          url={pr.url}
          title={`${pr.title}: ${wordsOf(pr)}`}
          label={`Pull request ${pr.number}, ${wordsOf(pr)}`}
        >
          #{pr.number} {signOf(pr)}
        </Out>
      ))}
    </>
  );
}

/** The worst that is known, in a sign; the title says all. */
function signOf({ state, ci, review, mergeability }: Pr): string {
  if (state === "merged") return "merged";
  if (state === "closed") return "closed";
  if (mergeability === "conflicting") return "conflict";
  if (review === "changes_requested") return "±";
  if (ci === "failing") return "✗";
  if (ci === "pending") return "…";
  return ci === "passing" ? "✓" : "";
}

function toneOfPr({ state, ci, review, mergeability }: Pr): Tone {
  if (state === "merged" || state === "closed") return "quiet";
  if (ci === "failing" || mergeability === "conflicting") return "red";
  if (review === "changes_requested") return "red";
  if (ci === "pending" || state === "draft") return "quiet";
  return mergeability === "mergeable" && review !== "review_required" ? "ready" : "work";
}

function wordsOf({ state, ci, review, mergeability }: Pr): string {
  const parts = [state, `CI ${ci}`, `review ${review.replaceAll("_", " ")}`, mergeability];
  return state === "merged" || state === "closed" ? state : parts.join(", ");
}
