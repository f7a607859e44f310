import type { Message } from "../domain/message.ts";
import type { Session } from "../domain/session.ts";
import type { Runtime, RuntimeHandle, Screen } from "../runtime/port.ts";
import { watchCommits } from "../store/follow.ts";
import { getMessage, settleMessage } from "../store/message.ts";
import { getSession } from "../store/session.ts";
import type { Fence } from "../store/store.ts";
import { dialogOn } from "./dialog.ts";
import type { Engine } from "./engine.ts";

/** How long an agent's own confirmation may take before Enter is pressed again. */
const receiptMs = 3_000;

/** How often Enter is pressed again: a TUI that was taking the text in may have swallowed it. */
const submitsAgain = 3;

/**
 * Waits until the agent itself confirms a text that was typed and entered. Without a receipt
 * Enter is pressed again, never into a dialog and not once the agent has begun a turn; in the end
 * the message has failed, and the error tells what the screen showed.
 */
export async function awaitReceipt(
  engine: Engine,
  message: Message,
  terminal: { runtime: Runtime; handle: RuntimeHandle },
  fence: Fence,
): Promise<void> {
  const { store } = engine;
  for (let again = 1; ; again++) {
    if (await comes(engine, message)) return;
    const session = getSession(store, message.sessionId);
    // It took something, but not a text with this hash: more Enters would only do harm.
    if (session.activity === "active" || session.activity === "blocked") return;
    const screen = await terminal.runtime.screen(terminal.handle);
    if (dialogOn(session, screen) || session.isTerminated || isEnded(session)) return;
    if (again > submitsAgain) return fail(engine, message, screen, fence);
    await terminal.runtime.submit(terminal.handle, `${message.id}#${again}`);
  }
}

async function comes(engine: Engine, message: Message): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const look = () => {
    if (getMessage(engine.store, message.id).state === "acked") resolve(true);
  };
  const unwatch = watchCommits(engine.store, look);
  const timer = setTimeout(() => resolve(false), receiptMs);
  look();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    unwatch();
  }
}

function isEnded(session: Session): boolean {
  return session.activity === "exited";
}

function fail(engine: Engine, message: Message, screen: Screen, fence: Fence): void {
  const shown = screen.lines.filter(Boolean).slice(-5).join(" / ").slice(0, 400);
  const error = `no receipt came after ${submitsAgain} more Enters; its screen: ${shown}`;
  engine.store.write((tx) => settleMessage(tx, message.id, "failed", error), fence);
}
