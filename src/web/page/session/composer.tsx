import type { RefObject } from "preact";
import { useState } from "preact/hooks";

import { act, pathOf } from "../live/http.ts";
import { useAction } from "../live/use-action.ts";
import { Failure } from "../parts/empty.tsx";

interface Props {
  id: string;
  fieldRef: RefObject<HTMLTextAreaElement | null>;
}

/** What was typed and not sent, by session: another page in between loses nothing. */
const drafts = new Map<string, string>();

/**
 * Writes to an agent. A text is cleared only once the store has it; how far it came is told by
 * the list below, never assumed. A second try after a lost answer sends nothing twice.
 */
export function Composer({ id, fieldRef }: Props) {
  const [text, setText] = useState(drafts.get(id) ?? "");
  const [key, setKey] = useState(newKey);
  const send = useAction(async () => {
    await act("POST", pathOf`/sessions/${id}/send`, { text, wait: "queued", key });
    drafts.delete(id);
    setText("");
    setKey(newKey());
  });
  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim() !== "") void send.run();
  };
  return (
    <form class="composer" onSubmit={submit}>
      <textarea
        ref={fieldRef}
        rows={3}
        aria-label={`Message to ${id}`}
        placeholder="Tell the agent…  m"
        value={text}
        onInput={(event) => {
          drafts.set(id, event.currentTarget.value);
          setText(event.currentTarget.value);
          setKey(newKey());
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
        }}
      />
      <div class="composer-foot">
        <span class="hint">ctrl-Enter sends</span>
        <button type="submit" class="primary" disabled={send.isRunning || text.trim() === ""}>
          {send.isRunning ? "Sending…" : "Send"}
        </button>
      </div>
      <Failure text={send.error} />
    </form>
  );
}

/** Another text is another message, also where it reads the same. */
function newKey(): string {
  return `web:${Array.from(crypto.getRandomValues(new Uint8Array(12)), hex).join("")}`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
