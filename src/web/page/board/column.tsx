import { useState } from "preact/hooks";

import type { columns } from "../model/columns.ts";
import type { Session } from "../model/wire.ts";
import { Card } from "./card.tsx";

interface Props {
  column: (typeof columns)[number];
  sessions: Session[];
  onAnswer: (session: Session, isDenied: boolean) => void;
  isAnswering: boolean;
}

/** What has ended is many: the rest is shown when asked for. */
const endedShown = 12;

/** One column of the board. */
export function Column({ column, sessions, onAnswer, isAnswering }: Props) {
  const [isWhole, setWhole] = useState(false);
  const limit = column.id === "done" && !isWhole ? endedShown : Infinity;
  const hidden = sessions.length - Math.min(sessions.length, limit);
  return (
    <section
      class={`column column-${column.id}${sessions.length === 0 ? " is-empty" : ""}`}
      aria-labelledby={`column-${column.id}`}
    >
      <h2 id={`column-${column.id}`}>
        {column.title} <span class="count">{sessions.length}</span>
      </h2>
      {sessions.length === 0 ? <p class="column-empty">{column.empty}</p> : null}
      <ul>
        {sessions.slice(0, limit).map((session) => (
          <Card
            key={session.id}
            session={session}
            onAnswer={(isDenied) => onAnswer(session, isDenied)}
            isAnswering={isAnswering}
          />
        ))}
      </ul>
      {hidden > 0 ? (
        <button type="button" class="plain more" onClick={() => setWhole(true)}>
          Show {hidden} more
        </button>
      ) : null}
    </section>
  );
}
