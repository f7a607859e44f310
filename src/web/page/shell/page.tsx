import { useEffect, useState } from "preact/hooks";

import { boardOf } from "../../../domain/board.ts";
import { Board } from "../board/board.tsx";
import { SpawnDialog } from "../dialog/spawn.tsx";
import { EventsPage } from "../events/events-page.tsx";
import { Inbox } from "../inbox/inbox.tsx";
import { useFeedState, useResource } from "../live/page.ts";
import { allSessions, type SessionList } from "../live/session-list.ts";
import { useKeys } from "../live/use-keys.ts";
import { go, useRoute } from "../live/use-route.ts";
import { everywhere } from "../model/keys.ts";
import type { Route } from "../model/route.ts";
import { ProjectsPage } from "../projects/projects-page.tsx";
import { Pulls } from "../prs/pulls.tsx";
import { SessionPage } from "../session/session-page.tsx";
import { Connection } from "./connection.tsx";
import { Header } from "./header.tsx";
import { KeySheet } from "./key-sheet.tsx";
import { SignedOut } from "./signed-out.tsx";
import { nextTheme } from "./theme.ts";

/** The whole page: what is always there, and what the address asks for. */
export function Page() {
  const route = useRoute();
  const feed = useFeedState();
  const [open, setOpen] = useState<"new" | "help">();
  useTitle(route);
  useKeys(everywhere, (command, event) => {
    event.preventDefault();
    if (command === "new" || command === "help") setOpen(command);
    else if (command === "theme") nextTheme();
    else if (command === "go-events") go({ page: "events", project: "", session: "", type: "" });
    else if (command === "go-projects") go({ page: "projects", id: undefined });
    else if (command === "go-prs") go({ page: "prs" });
    else if (command === "go-inbox") go({ page: "inbox" });
    else go({ page: "board" });
  });
  // A browser tells of a closing late, when a key may have opened the other one already.
  const close = (name: "new" | "help") => setOpen((now) => (now === name ? undefined : now));
  if (feed.kind === "signed_out") return <SignedOut />;
  return (
    <>
      <Header route={route} onNew={() => setOpen("new")} onHelp={() => setOpen("help")} />
      <Connection state={feed} />
      <Content route={route} onNew={() => setOpen("new")} />
      {open === "new" ? <SpawnDialog onClose={() => close("new")} /> : null}
      {open === "help" ? <KeySheet onClose={() => close("help")} /> : null}
    </>
  );
}

function Content({ route, onNew }: { route: Route; onNew: () => void }) {
  switch (route.page) {
    case "board":
      return <Board onNew={onNew} />;
    case "session":
      return <SessionPage key={route.id} id={route.id} tab={route.tab} />;
    case "prs":
      return <Pulls />;
    case "inbox":
      return <Inbox />;
    case "events":
      return <EventsPage key={JSON.stringify(route)} route={route} />;
    case "projects":
      return <ProjectsPage id={route.id} />;
  }
}

/** The tab's title tells from afar how many sessions wait. */
function useTitle(route: Route): void {
  const { value } = useResource<SessionList>(allSessions, ["sessions"]);
  const waiting = value ? boardOf(value.sessions).needs.length : 0;
  const name = route.page === "session" ? `${route.id} · ao` : "ao";
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) ${name}` : name;
  }, [waiting, name]);
}
