import { useState } from "preact/hooks";

import { act, pathOf } from "../live/http.ts";
import { cache, useResource } from "../live/page.ts";
import { useAction } from "../live/use-action.ts";
import { isWaiting, type Notification } from "../model/notice.ts";
import { hashOf } from "../model/route.ts";
import { labelOf, toneOf } from "../model/status.ts";
import { Age } from "../parts/age.tsx";
import { Chip } from "../parts/chip.tsx";
import { Empty, Failure } from "../parts/empty.tsx";

/** What a person should know, newest first. */
export function Inbox() {
  const [isAll, setAll] = useState(false);
  const path = isAll ? "/notifications?all=true" : "/notifications";
  const { value, error } = useResource<{ notifications: Notification[] }>(path, ["notifications"]);
  const read = useAction(async (id: string) => {
    await act("POST", pathOf`/notifications/${id}/read`);
    cache.invalidate(new Set(["notifications"]));
  });
  const readAll = useAction(async () => {
    await act("POST", "/notifications/read");
    cache.invalidate(new Set(["notifications"]));
  });
  return (
    <main class="list-page">
      <div class="page-head">
        <h1>Inbox</h1>
        <button
          type="button"
          class="small"
          disabled={readAll.isRunning || !value?.notifications.some(isWaiting)}
          onClick={() => void readAll.run()}
        >
          Mark all as read
        </button>
        <label class="check">
          <input
            type="checkbox"
            checked={isAll}
            onChange={(event) => setAll(event.currentTarget.checked)}
          />
          Also read and past ones
        </label>
      </div>
      <Failure text={error?.message ?? read.error ?? readAll.error} />
      {value?.notifications.length === 0 ? <Empty text="Nothing waits for you." /> : null}
      <ul class="notices">
        {value?.notifications.map((notice) => (
          <Notice key={notice.id} notice={notice} onRead={() => void read.run(notice.id)} />
        ))}
      </ul>
    </main>
  );
}

function Notice({ notice, onRead }: { notice: Notification; onRead: () => void }) {
  const { type, title, body, sessionId, createdAt, resolvedAt } = notice;
  return (
    <li class={isWaiting(notice) ? "notice" : "notice is-past"}>
      <div class="notice-main">
        <div class="line">
          <Chip tone={toneOf(type)} text={labelOf(type)} />
          {sessionId === null ? (
            <b>{title}</b>
          ) : (
            <a href={hashOf({ page: "session", id: sessionId, tab: "terminal" })}>{title}</a>
          )}
          <Age at={createdAt} />
          {resolvedAt === null ? null : <span class="hint">over</span>}
        </div>
        {body === "" ? null : <p class="wrap">{body}</p>}
      </div>
      {isWaiting(notice) ? (
        <button type="button" class="small" aria-label={`Read: ${title}`} onClick={onRead}>
          Read
        </button>
      ) : null}
    </li>
  );
}
