import { useEffect, useRef, useState } from "preact/hooks";

import { boardOf } from "../../../domain/board.ts";
import { answerDialog, asksForApproval } from "../live/actions.ts";
import { useResource } from "../live/page.ts";
import { allSessions, type SessionList } from "../live/session-list.ts";
import { useAction } from "../live/use-action.ts";
import { useKeys } from "../live/use-keys.ts";
import { go } from "../live/use-route.ts";
import { columns, matches, moveFocus } from "../model/columns.ts";
import { onBoard } from "../model/keys.ts";
import type { Project, Session } from "../model/wire.ts";
import { Empty, Failure } from "../parts/empty.tsx";
import { Column } from "./column.tsx";
import { Filters } from "./filters.tsx";

/** All sessions in columns, by what needs the person. */
export function Board({ onNew }: { onNew: () => void }) {
  const { value, error } = useResource<SessionList>(allSessions, ["sessions"]);
  const projects = useResource<{ projects: Project[] }>("/projects", ["projects"]).value?.projects;
  const [words, setWords] = useState("");
  const [project, setProject] = useState("");
  const search = useRef<HTMLInputElement>(null);
  const sessions = value?.sessions ?? [];
  const shown = boardOf(
    sessions.filter((one) => (project === "" || one.projectId === project) && matches(one, words)),
  );
  const answer = useAction(answerDialog);
  useBoardKeys(shown, search.current, (one, isDenied) => void answer.run(one, isDenied));
  if (!value) return error ? <Failure text={error.message} /> : null;
  return (
    <main class="board-page">
      <h1 class="hidden">Board</h1>
      {sessions.length === 0 ? null : (
        <Filters
          searchRef={search}
          words={words}
          project={project}
          projects={projects ?? []}
          onWords={setWords}
          onProject={setProject}
        />
      )}
      <Failure text={answer.error} />
      {sessions.length === 0 ? (
        <Welcome hasProject={(projects?.length ?? 0) > 0} onNew={onNew} />
      ) : (
        <div class="board">
          {columns.map((column) => (
            <Column
              key={column.id}
              column={column}
              sessions={shown[column.id]}
              onAnswer={(one, isDenied) => void answer.run(one, isDenied)}
              isAnswering={answer.isRunning}
            />
          ))}
        </div>
      )}
    </main>
  );
}

function Welcome({ hasProject, onNew }: { hasProject: boolean; onNew: () => void }) {
  if (!hasProject) {
    return (
      <div class="welcome">
        <Empty text="No project yet. Add a repository first." type="ao project add ~/src/shop" />
        <p>
          or add it on{" "}
          <a class="link" href="#/projects">
            the page of projects
          </a>
        </p>
      </div>
    );
  }
  return (
    <div class="welcome">
      <Empty text="No session yet." type='ao spawn "make checkout idempotent"' />
      <button type="button" class="primary" onClick={onNew}>
        New session <kbd>n</kbd>
      </button>
    </div>
  );
}

/** Moves the browser's own focus, so that Tab, Enter and screen readers go on from there. */
function useBoardKeys(
  shown: Record<string, Session[]>,
  search: HTMLInputElement | null,
  onAnswer: (session: Session, isDenied: boolean) => void,
): void {
  const last = useRef<string | undefined>(undefined);
  useEffect(() => {
    const onFocus = (event: FocusEvent) => {
      const card = event.target instanceof Element ? event.target.closest("[data-session]") : null;
      if (card instanceof HTMLElement) last.current = card.dataset["session"];
    };
    addEventListener("focusin", onFocus);
    return () => removeEventListener("focusin", onFocus);
  }, []);
  useKeys(onBoard, (command, event) => {
    const ids = columns.map(({ id }) => (shown[id] ?? []).map((session) => session.id));
    const isStep = command === "up" || command === "down";
    if (isStep || command === "left" || command === "right") {
      event.preventDefault();
      focusCard(moveFocus(ids, last.current, command));
    } else if (command === "search") {
      event.preventDefault();
      search?.focus();
    } else if (command === "open" && last.current !== undefined) {
      go({ page: "session", id: last.current, tab: "terminal" });
    } else if (last.current !== undefined && (command === "approve" || command === "deny")) {
      const id = last.current;
      const asking = shown["needs"]?.find((one) => one.id === id && asksForApproval(one));
      if (asking) onAnswer(asking, command === "deny");
    }
  });
}

function focusCard(id: string | undefined): void {
  if (id === undefined) return;
  const card = document.querySelector(`[data-session="${CSS.escape(id)}"] a`);
  if (card instanceof HTMLElement) card.focus();
}
