import type { ComponentChildren } from "preact";

import { act, pathOf } from "../live/http.ts";
import { useResource } from "../live/page.ts";
import { useAction } from "../live/use-action.ts";
import {
  type PullCheck,
  type PullComment,
  type PullReview,
  type PullThread,
  toneOfVerdict,
} from "../model/pull.ts";
import { labelOf } from "../model/status.ts";
import { Age } from "../parts/age.tsx";
import { Chip } from "../parts/chip.tsx";
import { Failure } from "../parts/empty.tsx";
import { Out } from "../parts/out.tsx";

/** The checks of the head commit; of those that failed, the end of the log. */
export function Checks({ pullKey }: { pullKey: string }) {
  const path = `${pathOf`/prs/${pullKey}/checks`}?log=true`;
  const { value } = useResource<{ checks: PullCheck[] }>(path, ["prs"]);
  const checks = value?.checks ?? [];
  return (
    <Part title="Checks" count={checks.length}>
      {checks.map(({ name, status, url, failingStep, summary, logTail }) => (
        <li key={name}>
          <p class="line">
            <Chip tone={toneOfVerdict(status)} text={labelOf(status)} />
            <Out url={url}>{name}</Out>
            {failingStep === "" ? null : <span>at {failingStep}</span>}
          </p>
          {summary === "" ? null : <p class="wrap">{summary}</p>}
          {logTail ? <pre tabIndex={0}>{logTail}</pre> : null}
        </li>
      ))}
    </Part>
  );
}

/** What reviewers said on the whole. */
export function Reviews({ reviews }: { reviews: PullReview[] }) {
  return (
    <Part title="Reviews" count={reviews.length}>
      {reviews.map((review) => (
        <li key={review.id}>
          <p class="line">
            <Chip tone={toneOfVerdict(review.state)} text={labelOf(review.state)} />
            <Author {...review} />
            <Age at={review.submittedAt} />
          </p>
          {review.body === "" ? null : <p class="wrap">{review.body}</p>}
        </li>
      ))}
    </Part>
  );
}

/** The threads that are open, each with a button that resolves it on GitHub. */
export function Threads({ pullKey, threads }: { pullKey: string; threads: PullThread[] }) {
  const resolve = useAction((id: string) =>
    act("POST", pathOf`/prs/${pullKey}/resolve`, { threads: [id] }),
  );
  return (
    <>
      <Part title="Open threads" count={threads.length}>
        {threads.map(({ id, path, line, comments }) => (
          <li key={id}>
            <p class="line">
              <code>{line === null ? path : `${path}:${line}`}</code>
              <button
                type="button"
                class="small"
                disabled={resolve.isRunning}
                aria-label={`Resolve the thread at ${path}`}
                onClick={() => void resolve.run(id)}
              >
                Resolve
              </button>
            </p>
            {comments.map((comment) => (
              <Comment key={comment.id} comment={comment} />
            ))}
          </li>
        ))}
      </Part>
      <Failure text={resolve.error} />
    </>
  );
}

function Comment({ comment }: { comment: PullComment }) {
  return (
    <div class="comment">
      <p class="line">
        <Author {...comment} />
        <Out url={comment.url}>
          <Age at={comment.createdAt} />
        </Out>
      </p>
      <p class="wrap">{comment.body}</p>
    </div>
  );
}

type Person = Pick<PullComment, "login" | "association" | "isBot">;

/** How the author stands to the repository is part of what a comment is worth. */
function Author({ login, association, isBot }: Person) {
  const standing = isBot ? "bot" : association.toLowerCase().replaceAll("_", " ");
  return (
    <span>
      <b>{login}</b> {standing === "" || standing === "none" ? "" : `(${standing})`}
    </span>
  );
}

function Part(props: { title: string; count: number; children: ComponentChildren }) {
  const { title, count, children } = props;
  if (count === 0) return null;
  return (
    <section class="part">
      <h3>
        {title} <span class="count">{count}</span>
      </h3>
      <ul class="plain-list">{children}</ul>
    </section>
  );
}
