import { useEffect, useRef, useState } from "preact/hooks";

import { pathOf } from "../live/http.ts";
import { useResource } from "../live/page.ts";
import { TerminalLink, type TerminalState } from "../live/terminal-link.ts";
import type { Session } from "../model/wire.ts";
import { Empty } from "../parts/empty.tsx";

const words: Record<TerminalState["kind"], string> = {
  connecting: "Connecting…",
  watching: "Read only",
  typing: "You type here; ctrl-\\ lets go",
  ended: "The agent has ended",
  broken: "Cut off; trying again",
};

/** An agent's terminal, live. It is only looked at until it is taken over. */
export function TerminalView({ session }: { session: Session }) {
  const isOver = session.isTerminated || session.activity === "exited";
  if (session.status === "spawning") return <Empty text="It is being started." />;
  if (isOver) return <LastScreen session={session} />;
  return <LiveTerminal id={session.id} />;
}

function LiveTerminal({ id }: { id: string }) {
  const box = useRef<HTMLDivElement>(null);
  const link = useRef<TerminalLink | undefined>(undefined);
  const [state, setState] = useState<TerminalState>({ kind: "connecting", text: "" });
  useEffect(() => {
    if (!box.current) return;
    const opened = new TerminalLink(id, box.current, setState);
    link.current = opened;
    return () => opened.close();
  }, [id]);
  const isTyping = state.kind === "typing";
  return (
    <div class={isTyping ? "screen is-typing" : "screen"}>
      <div class="screen-bar">
        <span role="status">{state.text === "" ? words[state.kind] : state.text}</span>
        {isTyping ? (
          <button type="button" class="small" onClick={() => link.current?.release()}>
            Let go
          </button>
        ) : (
          <button
            type="button"
            class="small"
            disabled={state.kind !== "watching"}
            onClick={() => link.current?.takeOver()}
          >
            Take over
          </button>
        )}
      </div>
      <div class="screen-box" ref={box} />
    </div>
  );
}

/** What an agent that has ended left on its screen. */
function LastScreen({ session }: { session: Session }) {
  const tags = [`session:${session.id}`];
  const path = `${pathOf`/sessions/${session.id}/logs`}?lines=200`;
  const { value, error } = useResource<{ lines: string[] }>(path, tags);
  const lines = value?.lines ?? [];
  return (
    <div class="screen">
      <div class="screen-bar">
        <span>{words.ended}</span>
      </div>
      {error || (value && lines.join("").trim() === "") ? (
        <Empty text={error?.message ?? "It printed nothing."} type={`ao logs ${session.id}`} />
      ) : (
        <pre class="last-screen" tabIndex={0}>
          {lines.join("\n")}
        </pre>
      )}
    </div>
  );
}
