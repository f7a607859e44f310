import { asksForApproval } from "../live/actions.ts";
import { hashOf } from "../model/route.ts";
import type { Session } from "../model/wire.ts";
import { Age } from "../parts/age.tsx";
import { StatusChip } from "../parts/chip.tsx";
import { PrChips } from "../parts/pr-chips.tsx";

interface Props {
  session: Session;
  onAnswer: (isDenied: boolean) => void;
  isAnswering: boolean;
}

/** One session on the board. */
export function Card({ session, onAnswer, isAnswering }: Props) {
  const { id, title, status, agent, activityAt, activityDetail, prs, isTerminated } = session;
  return (
    <li class="card" data-session={id}>
      <div class="card-head">
        <span>
          <span class="id">{id}</span> {agent}
        </span>
        <Age at={isTerminated ? session.updatedAt : activityAt} />
      </div>
      <a class="card-title" href={hashOf({ page: "session", id, tab: "terminal" })}>
        {title}
      </a>
      {activityDetail && !isTerminated ? <p class="card-detail">{activityDetail.text}</p> : null}
      <div class="card-foot">
        <StatusChip status={status} />
        <PrChips prs={prs} />
      </div>
      {asksForApproval(session) ? (
        <div class="card-actions">
          <button
            type="button"
            class="primary small"
            disabled={isAnswering}
            aria-label={`Approve once for ${id}`}
            onClick={() => onAnswer(false)}
          >
            Approve
          </button>
          <button
            type="button"
            class="small"
            disabled={isAnswering}
            aria-label={`Deny for ${id}`}
            onClick={() => onAnswer(true)}
          >
            Deny
          </button>
        </div>
      ) : null}
    </li>
  );
}
