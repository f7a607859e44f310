import { pathOf } from "../live/http.ts";
import { useResource } from "../live/page.ts";
import type { Pull, PullDetails } from "../model/pull.ts";
import type { Session } from "../model/wire.ts";
import { Empty, Failure } from "../parts/empty.tsx";
import { PullRow } from "../prs/pull-row.tsx";
import { ClaimForm } from "./claim-form.tsx";
import { Checks, Reviews, Threads } from "./pull-details.tsx";

/** The pull requests of a session with checks, reviews and threads. */
export function SessionPulls({ session }: { session: Session }) {
  const { value, error } = useResource<{ prs: Pull[] }>("/prs?all=true", ["prs"]);
  const own = value?.prs.filter(({ sessionId }) => sessionId === session.id) ?? [];
  return (
    <div class="session-pulls">
      <Failure text={error?.message} />
      {value && own.length === 0 ? (
        <Empty
          text={`No pull request on ${session.branch} yet.`}
          type={`ao session claim-pr ${session.id} NUMBER`}
        />
      ) : null}
      {own.map((pull) => (
        <Details key={pull.key} pull={pull} />
      ))}
      {value && !session.isTerminated ? <ClaimForm id={session.id} /> : null}
    </div>
  );
}

function Details({ pull }: { pull: Pull }) {
  const path = pathOf`/prs/${pull.key}`;
  const { value, error } = useResource<PullDetails>(path, ["prs"]);
  return (
    <section aria-label={`Pull request ${pull.number}`}>
      <ul class="pulls">
        <PullRow pull={pull} />
      </ul>
      <Failure text={error?.message} />
      {value ? (
        <>
          {value.obstacles.length > 0 ? (
            <p class="rule">
              Not merged yet: {value.obstacles.map(({ text }) => text).join("; ")}.
            </p>
          ) : null}
          <Checks pullKey={pull.key} />
          <Reviews reviews={value.reviews} />
          <Threads pullKey={pull.key} threads={value.threads} />
        </>
      ) : null}
    </section>
  );
}
