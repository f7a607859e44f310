import { isOpenPull, type Pull, toneOfVerdict } from "../model/pull.ts";
import { hashOf } from "../model/route.ts";
import { labelOf } from "../model/status.ts";
import { Age } from "../parts/age.tsx";
import { Chip, StatusChip } from "../parts/chip.tsx";
import { Out } from "../parts/out.tsx";
import { MergeButton } from "./merge-button.tsx";

/** One pull request of the list. */
export function PullRow({ pull }: { pull: Pull }) {
  const { number, url, title, sessionId, status, ci, review, headSha, updatedAt } = pull;
  const { unresolvedThreads: threads, additions, deletions } = pull;
  return (
    <li class="pull">
      <div class="pull-main">
        <p class="pull-title">
          <Out url={url} label={`Pull request ${number} on GitHub`}>
            #{number}
          </Out>{" "}
          {sessionId === null ? (
            <span>{title}</span>
          ) : (
            <a href={hashOf({ page: "session", id: sessionId, tab: "pr" })}>{title}</a>
          )}
        </p>
        <p class="pull-facts">
          <StatusChip status={status} />
          {isOpenPull(pull) ? (
            <>
              {status.startsWith("ci_") ? null : (
                <Chip tone={toneOfVerdict(ci)} text={ciWords(ci)} />
              )}
              {review === "none" || review === status ? null : (
                <Chip tone={toneOfVerdict(review)} text={labelOf(review)} />
              )}
            </>
          ) : null}
          {threads > 0 ? <span>{threads === 1 ? "1 thread" : `${threads} threads`}</span> : null}
          <span class="counts">
            +{additions} −{deletions}
          </span>
          <span class="id">{sessionId ?? "no session"}</span>
          <code title="head commit">{headSha.slice(0, 7)}</code>
          <Age at={updatedAt} />
        </p>
      </div>
      {isOpenPull(pull) ? <MergeButton pull={pull} /> : null}
    </li>
  );
}

function ciWords(ci: string): string {
  return ci === "none" ? "no CI" : `CI ${ci}`;
}
