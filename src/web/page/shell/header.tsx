import { useResource } from "../live/page.ts";
import type { Notification } from "../model/notice.ts";
import { isWaiting } from "../model/notice.ts";
import { hashOf, type Route } from "../model/route.ts";

interface Props {
  route: Route;
  onNew: () => void;
  onHelp: () => void;
}

const pages: { route: Route; title: string; short: string }[] = [
  { route: { page: "board" }, title: "Board", short: "Board" },
  { route: { page: "prs" }, title: "Pull requests", short: "PRs" },
  { route: { page: "inbox" }, title: "Inbox", short: "Inbox" },
  {
    route: { page: "events", project: "", session: "", type: "" },
    title: "Events",
    short: "Events",
  },
  { route: { page: "projects", id: undefined }, title: "Projects", short: "Projects" },
];

/** The bar with the pages; on a phone it stands at the bottom. */
export function Header({ route, onNew, onHelp }: Props) {
  return (
    <header class="bar">
      <a class="brand" href="#/" aria-label="ao, to the board">
        ao
      </a>
      <nav aria-label="Pages">
        {pages.map((page) => (
          <a
            key={page.title}
            href={hashOf(page.route)}
            aria-current={page.route.page === route.page ? "page" : undefined}
          >
            <span class="long">{page.title}</span>
            <span class="short">{page.short}</span>
            {page.route.page === "inbox" ? <Waiting /> : null}
          </a>
        ))}
      </nav>
      <div class="bar-actions">
        <button type="button" class="plain" aria-label="Keyboard shortcuts" onClick={onHelp}>
          ?
        </button>
        <button type="button" class="primary" onClick={onNew}>
          New<span class="long">&nbsp;session</span>
        </button>
      </div>
    </header>
  );
}

function Waiting() {
  const path = "/notifications";
  const { value } = useResource<{ notifications: Notification[] }>(path, ["notifications"]);
  const count = value?.notifications.filter(isWaiting).length ?? 0;
  if (count === 0) return null;
  return (
    <span class="badge">
      {count}
      <span class="hidden"> unread</span>
    </span>
  );
}
