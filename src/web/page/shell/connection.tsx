import type { FeedState } from "../live/feed.ts";
import { useNow } from "../live/page.ts";
import { clock } from "../model/time.ts";

/** Says when what is shown may be out of date; nothing while it is live. */
export function Connection({ state }: { state: FeedState }) {
  const now = useNow();
  const isStale = state.kind === "stale";
  return (
    <div class={isStale ? "connection is-stale" : "connection"} role="status">
      {isStale
        ? `The daemon does not answer. This is from ${clock(state.since, now)}; trying again.`
        : ""}
    </div>
  );
}
