import { useRef } from "preact/hooks";

import { answerDialog, asksForApproval } from "../live/actions.ts";
import { type HttpError, pathOf } from "../live/http.ts";
import { useResource } from "../live/page.ts";
import { useAction } from "../live/use-action.ts";
import { useKeys } from "../live/use-keys.ts";
import { go, replace } from "../live/use-route.ts";
import { onSession } from "../model/keys.ts";
import { hashOf, type SessionTab, sessionTabs } from "../model/route.ts";
import type { Session } from "../model/wire.ts";
import { Empty, Failure } from "../parts/empty.tsx";
import { DiffView } from "./diff-view.tsx";
import { Evidence } from "./evidence.tsx";
import { Facts } from "./facts.tsx";
import { Messages } from "./messages.tsx";
import { SessionEvents } from "./session-events.tsx";
import { SessionHead } from "./session-head.tsx";
import { SessionPulls } from "./session-pulls.tsx";
import { TerminalView } from "./terminal-view.tsx";

/** One session: what its agent does, has done, and was told. */
export function SessionPage({ id, tab }: { id: string; tab: SessionTab }) {
  const tags = [`session:${id}`, "prs"];
  const { value: session, error } = useResource<Session>(pathOf`/sessions/${id}`, tags);
  const composer = useRef<HTMLTextAreaElement>(null);
  const answer = useAction(answerDialog);
  useKeys(onSession, (command, event) => {
    event.preventDefault();
    if (command === "message") composer.current?.focus();
    else if (command === "go-board") go({ page: "board" });
    else if (command === "approve" || command === "deny") {
      if (session && asksForApproval(session)) void answer.run(session, command === "deny");
    } else {
      const chosen = sessionTabs.find((name) => `tab-${name}` === command);
      if (chosen) replace({ page: "session", id, tab: chosen });
    }
  });
  if (!session) return error ? <Missing id={id} error={error} /> : null;
  return (
    <main class="session-page">
      <SessionHead session={session} onAnswer={(isDenied) => void answer.run(session, isDenied)} />
      <Failure text={answer.error} />
      <div class="session-grid">
        <div class="session-main">
          <Tabs id={id} tab={tab} session={session} />
          <TabContent session={session} tab={tab} />
        </div>
        <aside class="session-side" aria-label="About this session">
          <Messages session={session} composerRef={composer} />
          <Evidence session={session} />
          <Facts session={session} />
        </aside>
      </div>
    </main>
  );
}

const tabTitles: Record<SessionTab, string> = {
  terminal: "Terminal",
  diff: "Diff",
  pr: "Pull request",
  events: "Events",
};

function Tabs({ id, tab, session }: { id: string; tab: SessionTab; session: Session }) {
  return (
    <nav class="tabs" aria-label="Views of this session">
      {sessionTabs.map((name) => (
        <a
          key={name}
          href={hashOf({ page: "session", id, tab: name })}
          aria-current={name === tab ? "page" : undefined}
        >
          {tabTitles[name]}
          {name === "pr" && session.prs.length > 0 ? ` ${session.prs.length}` : ""}
        </a>
      ))}
    </nav>
  );
}

function TabContent({ session, tab }: { session: Session; tab: SessionTab }) {
  switch (tab) {
    case "terminal":
      return <TerminalView key={session.id} session={session} />;
    case "diff":
      return <DiffView session={session} />;
    case "pr":
      return <SessionPulls session={session} />;
    case "events":
      return <SessionEvents id={session.id} />;
  }
}

function Missing({ id, error }: { id: string; error: HttpError }) {
  return (
    <main class="session-page">
      <h1>{id}</h1>
      <Failure text={error.message} />
      {error.status === 404 ? <Empty text="It may have been removed." type="ao ls --all" /> : null}
    </main>
  );
}
