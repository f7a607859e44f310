import { agents } from "../agent/table.ts";
import { storedReason, submitPauseMs } from "../domain/delivery.ts";
import { type Message, typeableText } from "../domain/message.ts";
import { AoError, messageOf } from "../error.ts";
import { failpoint } from "../process/failpoint.ts";
import type { Screen } from "../runtime/port.ts";
import { acquireLease, releaseLease, renewLease } from "../store/lease.ts";
import {
  getMessage,
  messageBody,
  nextMessage,
  setDelivering,
  setSubmitted,
  settleMessage,
} from "../store/message.ts";
import { getSession } from "../store/session.ts";
import type { Fence, Reader, Transaction } from "../store/store.ts";
import { adapterIfKnown } from "./adapters.ts";
import { deliverOverHttp } from "./deliver-http.ts";
import type { Engine } from "./engine.ts";
import { feedbackCheck } from "./github/feedback.ts";
import { lastTyped, unconfirmedText, withReceipts } from "./inbox.ts";
import { lookAtTerminal, type ReadyTerminal } from "./ready.ts";
import { awaitReceipt, lostReason } from "./receipt.ts";

/** Longer than any one delivery takes; a dead deliverer frees its lease at once anyway. */
const leaseMs = 60_000;

/** Tries after which a terminal that refuses a text fails the message. */
const attemptsLimit = 3;

/** What a look at an inbox came to. */
export type DeliveryResult =
  { kind: "empty" } | { kind: "elsewhere" } | { kind: "waiting"; reason: string; screen?: Screen };

/** One delivery under way. */
interface Delivery {
  message: Message;
  fence: Fence;
  /** Ends the waiting for a receipt, which another process then goes on with. */
  until: AbortSignal;
}

/**
 * Types the messages of one session into its agent's terminal, in order, as long as that is
 * safe. One process at a time does it; each text is typed once, whoever dies in between. `until`
 * ends the waiting for a receipt.
 */
export async function deliverInbox(
  engine: Engine,
  sessionId: string,
  until: AbortSignal = new AbortController().signal,
): Promise<DeliveryResult> {
  const first = openMessage(engine, sessionId);
  if (!first) return { kind: "empty" };
  // Before the lease, which costs a write: a session can be at work for hours.
  const reason = reasonInRow(engine, first);
  if (reason !== undefined) return { kind: "waiting", reason };
  const fence = acquireLease(engine.store, `deliver:${sessionId}`, engine.owner, leaseMs);
  if (!fence) return { kind: "elsewhere" };
  try {
    for (;;) {
      const message = openMessage(engine, sessionId);
      if (!message) return { kind: "empty" };
      if (!renewLease(engine.store, fence, leaseMs)) return { kind: "elsewhere" };
      const waiting = await deliverOne(engine, { message, fence, until });
      if (waiting) return waiting;
    }
  } catch (error) {
    if (isLeaseLost(error, fence)) return { kind: "elsewhere" };
    throw error;
  } finally {
    releaseLease(engine.store, fence);
  }
}

/** The message that is next: one that waits for its receipt comes before what is queued. */
function openMessage({ store }: Engine, sessionId: string): Message | undefined {
  return unconfirmedText(store, getSession(store, sessionId)) ?? nextMessage(store, sessionId);
}

/** Why a message waits, as far as the store alone tells. What has to be settled does not wait. */
function reasonInRow(engine: Engine, message: Message): string | undefined {
  const { store } = engine;
  const session = getSession(store, message.sessionId);
  if (lostReason(message, session) !== undefined) return undefined;
  const adapter = adapterIfKnown(engine, session);
  if (!adapter) return `agent ${session.agent} is not defined any more`;
  const { hasSignals, acceptsSteering } = adapter;
  return storedReason({ session, hasSignals, acceptsSteering }) ?? heldReason(store, message);
}

/** A text that was given up may still stand in the composer: the next would be glued to it. */
function heldReason(reader: Reader, message: Message): string | undefined {
  if (message.state !== "queued") return undefined;
  const session = getSession(reader, message.sessionId);
  const last = lastTyped(reader, session);
  const isHeld =
    last?.state === "failed" && last.launchId === session.launchId && last.receipt === null;
  return isHeld ? "the text before it failed and may still stand in its composer" : undefined;
}

type Waiting = Extract<DeliveryResult, { kind: "waiting" }>;

async function deliverOne(engine: Engine, delivery: Delivery): Promise<Waiting | undefined> {
  const { message, fence, until } = delivery;
  const { store } = engine;
  const session = getSession(store, message.sessionId);
  const isTrue = checkOf(engine, message);
  if (typeof isTrue === "object") return isTrue;
  if (agents.get(session.agent)?.receipts === "http") {
    if (!store.write(isTrue, fence)) return undefined;
    return await deliverOverHttp(engine, session, message, fence);
  }
  const lost = lostReason(message, session);
  if (lost !== undefined) {
    store.write((tx) => settleMessage(tx, message.id, "failed", lost), fence);
    return undefined;
  }
  if (message.state === "submitted") return await awaitReceipt(engine, message, fence, until);
  const held = heldReason(store, message);
  if (held !== undefined) return { kind: "waiting", reason: held };
  const ready = await lookAtTerminal(engine, session);
  if ("reason" in ready) return { kind: "waiting", ...ready };
  if (!take(engine, delivery, ready.launchId, isTrue)) return undefined;
  failpoint("deliver.paste.before");
  const waiting = await typeOrWait(engine, delivery, ready);
  if (waiting) return waiting;
  failpoint("deliver.submit.after");
  store.write((tx) => setSubmitted(tx, message.id), fence);
  failpoint("deliver.submitted.after");
  if (!withReceipts.includes(session.agent)) return undefined;
  return await awaitReceipt(engine, getMessage(store, message.id), fence, until);
}

/** What was queued is asked for its truth again; a person's own text is always true. */
function checkOf(engine: Engine, message: Message): Waiting | ((tx: Transaction) => boolean) {
  try {
    return feedbackCheck(engine, message);
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    return { kind: "waiting", reason: error.message };
  }
}

/** False when a signal or a receipt has come since the look: then it is looked again. */
function take(
  engine: Engine,
  { message, fence }: Delivery,
  launchId: string,
  isTrue: (tx: Transaction) => boolean,
): boolean {
  return engine.store.write((tx) => {
    if (!isTrue(tx)) return false;
    const session = getSession(tx, message.sessionId);
    const adapter = adapterIfKnown(engine, session);
    if (!adapter || session.launchId !== launchId) return false;
    const { hasSignals, acceptsSteering } = adapter;
    if (storedReason({ session, hasSignals, acceptsSteering }) !== undefined) return false;
    return setDelivering(tx, message.id, launchId);
  }, fence);
}

/** Typing is safe to repeat, so a terminal that does not answer now lets the text wait. */
async function typeOrWait(
  engine: Engine,
  { message, fence }: Delivery,
  ready: ReadyTerminal,
): Promise<Waiting | undefined> {
  try {
    return await type(engine, message, ready);
  } catch (error) {
    const isPassing = error instanceof AoError && passing.has(error.code);
    if (isPassing || message.attempts + 1 < attemptsLimit) {
      return { kind: "waiting", reason: messageOf(error) };
    }
    const text = `its terminal could not be reached: ${messageOf(error)}`;
    engine.store.write((tx) => settleMessage(tx, message.id, "failed", text), fence);
    return undefined;
  }
}

const passing = new Set<AoError["code"]>(["timeout", "unavailable"]);

/**
 * Pastes and presses Enter; not when a dialog came up in between, which Enter would answer, or
 * when a person began to type, whose words it would send.
 */
async function type(
  engine: Engine,
  message: Message,
  { runtime, handle }: ReadyTerminal,
): Promise<Waiting | undefined> {
  const text = typeableText(messageBody(engine.store, message.id));
  await runtime.paste(handle, { id: message.id, text });
  failpoint("deliver.paste.after");
  await Bun.sleep(submitPauseMs(message.bytes));
  const session = getSession(engine.store, message.sessionId);
  const ready = await lookAtTerminal(engine, session, { isTyped: true });
  if ("reason" in ready) return { kind: "waiting", ...ready };
  await runtime.submit(handle, message.id);
  return undefined;
}

function isLeaseLost(error: unknown, { name }: Fence): boolean {
  if (!(error instanceof AoError) || error.code !== "conflict") return false;
  return error.message.startsWith(`lease ${name} `);
}
