import type { MessageState } from "../../domain/message.ts";
import { approve } from "../../engine/approve.ts";
import type { Engine } from "../../engine/engine.ts";
import { kill } from "../../engine/kill.ts";
import { recover } from "../../engine/recovery.ts";
import { send } from "../../engine/send.ts";
import { AoError } from "../../error.ts";
import { getMessage } from "../../store/message.ts";
import type { Action, Note } from "./state.ts";

/** A text on its way, to be followed on the board. */
export interface Sent {
  messageId: string;
  sessionId: string;
  /** What was told last. */
  state?: MessageState;
}

/** What is done on the board itself. */
export type Work = Exclude<Action, { kind: "attach" } | { kind: "quit" }>;

/**
 * Does what a key asked for; `tell` hears how long work begins. What can be expected to fail is
 * told as a note, with what to type.
 */
export async function act(
  engine: Engine,
  action: Work,
  tell: (text: string) => void,
): Promise<{ note?: Note; sent?: Sent | undefined }> {
  try {
    return await perform(engine, action, tell);
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    const text = error.hint ? `${error.message} (${error.hint})` : error.message;
    return { note: { text, tone: "bad" } };
  }
}

async function perform(
  engine: Engine,
  action: Work,
  tell: (text: string) => void,
): Promise<{ note?: Note; sent?: Sent }> {
  const { id } = action;
  switch (action.kind) {
    case "send": {
      await recover(engine, (operation) => operation.sessionId === id);
      const text = { sessionId: id, text: action.text, source: "person" } as const;
      const { message } = await send(engine, { ...text, wait: "queued", timeoutMs: 5_000 });
      return { sent: { messageId: message.id, sessionId: id } };
    }
    case "kill":
      tell(`ending ${id} …`);
      return { note: await end(engine, id) };
    default:
      tell(`answering ${id} …`);
      return { note: await answer(engine, id, action.kind === "approve", action.asked) };
  }
}

async function end(engine: Engine, id: string): Promise<Note> {
  await recover(engine, (operation) => operation.sessionId === id);
  const { escrowError, survivors } = await kill(engine, id);
  if (survivors.length > 0) {
    const pids = survivors.map(({ pid }) => pid).join(", ");
    return { text: `${id} ended, but processes ${pids} could not be ended`, tone: "bad" };
  }
  if (escrowError) {
    const text = `${id} ended; its work is only in its worktree: ${escrowError}`;
    return { text, tone: "bad" };
  }
  return { text: `${id} ended, its work is in escrow`, tone: "good" };
}

async function answer(
  engine: Engine,
  id: string,
  isAllowed: boolean,
  asked: string,
): Promise<Note> {
  const { isAnswered } = await approve(engine, id, isAllowed, asked);
  if (!isAnswered) return { text: `the dialog of ${id} is still on its screen`, tone: "bad" };
  return { text: `${id} ${isAllowed ? "allowed" : "refused"}`, tone: "good" };
}

const followed: Record<MessageState, Note> = {
  queued: { text: "queued; it is typed when that is safe", tone: "plain" },
  delivering: { text: "being typed", tone: "plain" },
  submitted: { text: "typed", tone: "good" },
  acked: { text: "confirmed by the agent", tone: "good" },
  refused: { text: "refused", tone: "bad" },
  failed: { text: "failed", tone: "bad" },
  expired: { text: "expired", tone: "bad" },
};

/** How far a text has come since it was asked last; undefined when no further. */
export function progressOf(engine: Engine, sent: Sent): Note | undefined {
  const { state, error } = getMessage(engine.store, sent.messageId);
  if (state === sent.state) return undefined;
  sent.state = state;
  const { text, tone } = followed[state];
  const what = `message to ${sent.sessionId}: ${text}`;
  return { text: error ? `${what}: ${error}` : what, tone };
}
