import type { RefObject } from "preact";

import { pathOf } from "../live/http.ts";
import { useResource } from "../live/page.ts";
import { receiptOf, senderOf } from "../model/receipt.ts";
import { bytes } from "../model/time.ts";
import type { Message, Session } from "../model/wire.ts";
import { Age } from "../parts/age.tsx";
import { Chip } from "../parts/chip.tsx";
import { Failure } from "../parts/empty.tsx";
import { Composer } from "./composer.tsx";

interface Props {
  session: Session;
  composerRef: RefObject<HTMLTextAreaElement | null>;
}

/** What the agent was told, each text with its receipt as the store has it. */
export function Messages({ session, composerRef }: Props) {
  const path = `${pathOf`/sessions/${session.id}/messages`}?limit=20`;
  const tags = [`messages:${session.id}`];
  const { value, error } = useResource<{ messages: Message[] }>(path, tags);
  return (
    <section class="panel">
      <h2>Messages</h2>
      {session.isTerminated || session.activity === "exited" ? (
        <p class="hint">Its agent has ended; restore it to send a message.</p>
      ) : (
        <Composer id={session.id} fieldRef={composerRef} />
      )}
      <Failure text={error?.message} />
      <ol class="messages">
        {value?.messages.map((message) => (
          <Sent key={message.id} message={message} />
        ))}
      </ol>
    </section>
  );
}

function Sent({ message }: { message: Message }) {
  const { text, state, source, sender, createdAt, error } = message;
  const receipt = receiptOf(state);
  const rest = message.bytes - new TextEncoder().encode(text).length;
  return (
    <li>
      <p class="message-text">{text}</p>
      {rest > 0 ? <p class="hint">and {bytes(rest)} more</p> : null}
      <p class="message-foot">
        <Chip tone={receipt.tone} text={receipt.text} />
        <span>{senderOf(source, sender)}</span>
        <Age at={createdAt} />
      </p>
      <Failure text={error ?? undefined} />
    </li>
  );
}
