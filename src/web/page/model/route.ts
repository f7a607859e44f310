/** The tabs of a session's page. */
export const sessionTabs = ["terminal", "diff", "pr", "events"] as const;
export type SessionTab = (typeof sessionTabs)[number];

/** What the page shows, as its address says it. */
export type Route =
  | { page: "board" }
  | { page: "session"; id: string; tab: SessionTab }
  | { page: "prs" }
  | { page: "inbox" }
  | { page: "events"; project: string; session: string; type: string }
  | { page: "projects"; id: string | undefined };

/** The route of an address' part after `#`; what is not known is the board. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?");
  const [page, id, tab] = path.split("/").map(decoded);
  if (page === "session" && id) {
    return { page, id, tab: sessionTabs.find((name) => name === tab) ?? "terminal" };
  }
  if (page === "prs" || page === "inbox") return { page };
  if (page === "projects") return { page, id: id || undefined };
  if (page === "events") {
    const words = new URLSearchParams(query);
    const word = (name: string) => words.get(name) ?? "";
    return { page, project: word("project"), session: word("session"), type: word("type") };
  }
  return { page: "board" };
}

/** The address of a route: what `parseRoute` reads. */
export function hashOf(route: Route): string {
  if (route.page === "board") return "#/";
  if (route.page === "session") {
    const tab = route.tab === "terminal" ? "" : `/${route.tab}`;
    return `#/session/${encodeURIComponent(route.id)}${tab}`;
  }
  if (route.page === "projects" && route.id !== undefined) {
    return `#/projects/${encodeURIComponent(route.id)}`;
  }
  if (route.page !== "events") return `#/${route.page}`;
  const { project, session, type } = route;
  const named = Object.entries({ project, session, type }).filter(([, value]) => value !== "");
  const query = new URLSearchParams(named).toString();
  return query === "" ? "#/events" : `#/events?${query}`;
}

/** A broken escape in an address is shown as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
