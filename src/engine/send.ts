import type { AgentAdapter } from "../agent/port.ts";
import {
  fitsReceipt,
  hasReached,
  isSettled,
  type Message,
  messageBytesLimit,
  type MessageSource,
  typeableText,
  type WaitState,
} from "../domain/message.ts";
import { AoError } from "../error.ts";
import type { Screen } from "../runtime/port.ts";
import { watchCommits } from "../store/follow.ts";
import { getMessage, queueMessage } from "../store/message.ts";
import { openOperationOf } from "../store/operation.ts";
import { getSession } from "../store/session.ts";
import type { Reader } from "../store/store.ts";
import { adapterOf } from "./adapters.ts";
import { recheckTurn } from "./broken-off.ts";
import { deliverInbox } from "./deliver.ts";
import { recheckDialog } from "./dialog.ts";
import type { Engine } from "./engine.ts";
import { startDelivery } from "./pass.ts";
import { lookAtTerminal } from "./ready.ts";
import { reapOne } from "./reap.ts";
import { isTurnDoubtful } from "./silent.ts";

export interface SendRequest {
  sessionId: string;
  text: string;
  source: MessageSource;
  sender?: string | undefined;
  /** A second send with the same key is the first one. */
  dedupeKey?: string | undefined;
  /** How far to follow it; absent: as far as this kind of agent can show. */
  wait?: WaitState | undefined;
  timeoutMs: number;
}

export interface SendResult {
  message: Message;
  /** What was waited for, and whether it came within the time. */
  wanted: WaitState;
  isReached: boolean;
  /** Why it has not gone further, when it has not. */
  reason?: string;
  screen?: Screen;
}

/** How soon an unsafe moment is looked at again; the terminal's silence raises no event. */
const retryMs = 100;
const restMs = 20;

/** Between two looks whether a dialog is gone, or a turn. */
const recheckMs = 1_000;

/**
 * Puts a text into a session's inbox and follows it until it is as far as was asked, or the time
 * is over: then it stays queued. Throws `not_found`, `conflict` for a session that has ended, and
 * `usage` for a text or a wait that cannot be.
 */
export async function send(engine: Engine, request: SendRequest): Promise<SendResult> {
  const hasNoAgent = await isGone(engine, request.sessionId);
  // In one transaction, so that nothing is queued for a session that is ended meanwhile.
  const { id, wanted } = engine.store.write((tx) => ({
    wanted: checkRequest(engine, tx, request, hasNoAgent),
    id: queueMessage(tx, { ...request, id: crypto.randomUUID(), body: request.text }),
  }));
  const result = await followMessage(engine, id, wanted, request.timeoutMs);
  // Typed but not confirmed, or nothing tried yet: somebody has to see to the end of it.
  const isOpen = wanted === "queued" || result.message.state === "submitted";
  if (isOpen && !isSettled(result.message.state)) await startDelivery(engine);
  return result;
}

async function followMessage(
  engine: Engine,
  id: string,
  wanted: WaitState,
  timeoutMs: number,
): Promise<SendResult> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), timeoutMs);
  const until = AbortSignal.any([over.signal, engine.interrupt]);
  let resume = () => {};
  until.addEventListener("abort", () => resume());
  const recheck = waitingCheck(engine);
  const unwatch = watchCommits(engine.store, () => resume());
  try {
    for (;;) {
      const before = getMessage(engine.store, id);
      if (hasReached(before.state, wanted)) return { message: before, wanted, isReached: true };
      const seen = await deliverInbox(engine, before.sessionId, until);
      const message = getMessage(engine.store, id);
      if (hasReached(message.state, wanted)) return { message, wanted, isReached: true };
      const why = seen.kind === "waiting" ? seen : { reason: reasonFor(message) };
      const isDead = seen.kind === "waiting" && (await isGone(engine, message.sessionId));
      if (isDead) {
        // Read again: what ended the agent may have settled its messages.
        const last = getMessage(engine.store, id);
        return { message: last, wanted, isReached: false, reason: "its agent has ended" };
      }
      if (isSettled(message.state) || until.aborted) {
        const screen = await lastScreen(engine, message);
        return { message, wanted, isReached: false, ...(screen && { screen }), ...why };
      }
      await recheck(message.sessionId);
      // Not sooner, however much others commit: two that wait must not keep each other awake.
      await Bun.sleep(restMs);
      await new Promise<void>((resolve) => {
        resume = resolve;
        setTimeout(resolve, retryMs);
      });
    }
  } finally {
    clearTimeout(timer);
    unwatch();
  }
}

/** What was refused or broken off by hand raises no signal in some agents: the screen is asked. */
function waitingCheck(engine: Engine): (sessionId: string) => Promise<void> {
  let nextAt = 0;
  return async (sessionId) => {
    const session = getSession(engine.store, sessionId);
    const isDoubtful = isTurnDoubtful(session, Date.now());
    if ((session.activity !== "blocked" && !isDoubtful) || performance.now() < nextAt) return;
    await (isDoubtful ? recheckTurn(engine, session) : recheckDialog(engine, session));
    nextAt = performance.now() + recheckMs;
  };
}

async function lastScreen(engine: Engine, { state, sessionId }: Message) {
  if (state !== "submitted" && state !== "delivering") return undefined;
  const session = getSession(engine.store, sessionId);
  return (await lookAtTerminal(engine, session, { isTyped: true })).screen;
}

/** Whether its agent has ended, so that only a restore would let a message go on. */
async function isGone(engine: Engine, sessionId: string): Promise<boolean> {
  // A kill, say, that is under way settles what becomes of its messages.
  if (openOperationOf(engine.store, sessionId)) return false;
  const probe = await reapOne(engine, sessionId);
  const session = getSession(engine.store, sessionId);
  return session.isTerminated || session.activity === "exited" || probe?.agent === "dead";
}

function reasonFor(message: Message): string {
  if (message.error) return message.error;
  if (message.state === "submitted") return "no receipt came";
  return "another process is delivering";
}

function checkRequest(
  engine: Engine,
  reader: Reader,
  request: SendRequest,
  hasNoAgent: boolean,
): WaitState {
  const session = getSession(reader, request.sessionId);
  if (session.isTerminated || session.activity === "exited" || hasNoAgent) {
    const what = session.isTerminated ? "has ended" : "has no running agent";
    const hint = `ao session restore ${session.id}`;
    throw new AoError("conflict", `session ${session.id} ${what}`, hint);
  }
  if (session.killRequestedAt !== null) {
    const hint = `ao why ${session.id}`;
    throw new AoError("conflict", `session ${session.id} is being ended`, hint);
  }
  const adapter = adapterOf(engine, session);
  checkText(request.text, session.id, adapter);
  if (request.wait === "acked" && adapter.receipts === "none") {
    const hint = "`--wait submitted` is as far as it can be known";
    throw new AoError("usage", `agent ${adapter.name} gives no receipts`, hint);
  }
  return request.wait ?? (adapter.receipts === "none" ? "submitted" : "acked");
}

function checkText(text: string, sessionId: string, { name, receipts }: AgentAdapter): void {
  const bytes = Buffer.byteLength(text);
  const hint = "put it into a file, and send its path";
  if (bytes > messageBytesLimit) {
    throw new AoError("usage", `the text has ${bytes} bytes, more than ${messageBytesLimit}`, hint);
  }
  if (typeableText(text).trim() === "") {
    throw new AoError("usage", "the text is empty", `ao send ${sessionId} "text"`);
  }
  if (receipts === "hook" && !fitsReceipt(text)) {
    throw new AoError(
      "usage",
      `the text has ${bytes} bytes, too long for ${name} to confirm`,
      hint,
    );
  }
}
