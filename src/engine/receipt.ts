import { isSettled, type Message } from "../domain/message.ts";
import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import type { Screen } from "../runtime/port.ts";
import { watchCommits } from "../store/follow.ts";
import { getMessage, settleMessage } from "../store/message.ts";
import { getSession } from "../store/session.ts";
import type { Fence } from "../store/store.ts";
import type { Engine } from "./engine.ts";
import { lookAtTerminal, type ReadyTerminal } from "./ready.ts";

/** How long an agent's own confirmation may take before Enter is pressed again. */
const receiptMs = 3_000;

/** How often Enter is pressed again: a TUI that was taking the text in may have swallowed it. */
const submitsAgain = 3;

/** Why a receipt has not come yet. */
interface Waiting {
  kind: "waiting";
  reason: string;
  screen?: Screen;
}

/**
 * Waits until the agent itself confirms a text that was typed and entered; a message that another
 * process left at that is taken up here. Without a receipt Enter is pressed again, never into a
 * dialog and not while the agent is at work; in the end the message has failed, and the error
 * tells what the screen showed. Returns why it still waits, or undefined when it is settled.
 */
export async function awaitReceipt(
  engine: Engine,
  message: Message,
  fence: Fence,
  until: AbortSignal,
): Promise<Waiting | undefined> {
  const { store } = engine;
  const { activityAt } = getSession(store, message.sessionId);
  // A turn that has just ended may be followed at once by that of a text which it kept.
  let dueAt = Math.max(message.submittedAt ?? Date.now(), activityAt) + receiptMs;
  for (let again = 1; ; again++) {
    if (await settles(engine, message, dueAt, until)) return undefined;
    const session = getSession(store, message.sessionId);
    const lost = lostReason(message, session);
    if (lost !== undefined) return fail(engine, message, lost, fence);
    if (until.aborted) return notYet("the time is over");
    // It took something, but not a text with this hash: more Enters would only do harm.
    if (session.activity === "active") return notYet("it is working");
    const ready = await lookAtTerminal(engine, session, { isTyped: true });
    if ("reason" in ready) return { ...ready, ...notYet(ready.reason) };
    if (again > submitsAgain) return fail(engine, message, unconfirmed(ready.screen), fence);
    const outcome = await pressEnter(ready, `${message.id}#${again}`);
    if (typeof outcome === "object") return outcome;
    dueAt = outcome === "typed" ? Date.now() + receiptMs : 0;
  }
}

/** Why a message on its way can never get there; undefined when it can. */
export function lostReason(message: Message, session: Session): string | undefined {
  if (message.state !== "delivering" && message.state !== "submitted") return undefined;
  const isTyped = message.state === "submitted";
  if (message.launchId !== session.launchId) {
    const what = isTyped ? "the agent confirmed it" : "it was entered";
    return `the agent was started again before ${what}`;
  }
  const isOver = session.isTerminated || session.activity === "exited";
  return isTyped && isOver ? "the agent ended before it confirmed it" : undefined;
}

/** Whether the message is settled by the given time (Unix milliseconds), or before `until`. */
async function settles(
  engine: Engine,
  message: Message,
  dueAt: number,
  until: AbortSignal,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const isDone = () => isSettled(getMessage(engine.store, message.id).state);
  const onChange = () => {
    if (isDone()) resolve();
  };
  const unwatch = watchCommits(engine.store, onChange);
  const timer = setTimeout(resolve, Math.max(0, dueAt - Date.now()));
  const onAbort = () => resolve();
  until.addEventListener("abort", onAbort);
  if (until.aborted) resolve();
  onChange();
  try {
    await promise;
    return isDone();
  } finally {
    clearTimeout(timer);
    unwatch();
    until.removeEventListener("abort", onAbort);
  }
}

async function pressEnter({ runtime, handle }: ReadyTerminal, id: string) {
  try {
    return await runtime.submit(handle, id);
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    return notYet(error.message);
  }
}

function notYet(reason: string): Waiting {
  return { kind: "waiting", reason: `no receipt came yet: ${reason}` };
}

function unconfirmed(screen: Screen): string {
  const shown = screen.lines.filter(Boolean).slice(-5).join(" / ").slice(0, 400);
  return `no receipt came after ${submitsAgain} more Enters; its screen: ${shown}`;
}

function fail(engine: Engine, message: Message, error: string, fence: Fence): undefined {
  engine.store.write((tx) => void settleMessage(tx, message.id, "failed", error), fence);
}
