import type { AgentAdapter } from "../agent/port.ts";
import { agentNamed } from "../agent/table.ts";
import { reasonToWait, settledMs, startingMs, submitPauseMs } from "../domain/delivery.ts";
import { type Message, typeableText } from "../domain/message.ts";
import type { Session } from "../domain/session.ts";
import { AoError, messageOf } from "../error.ts";
import { failpoint } from "../process/failpoint.ts";
import type { Runtime, RuntimeHandle, Screen } from "../runtime/port.ts";
import { acquireLease, releaseLease, renewLease } from "../store/lease.ts";
import {
  messageBody,
  nextMessage,
  sessionsWithMessages,
  setDelivering,
  setSubmitted,
  settleMessage,
} from "../store/message.ts";
import { findSession, getSession } from "../store/session.ts";
import type { Fence } from "../store/store.ts";
import { deliverOverHttp } from "./deliver-http.ts";
import { dialogOn } from "./dialog.ts";
import type { Engine } from "./engine.ts";
import { probeSessions } from "./probe.ts";
import { awaitReceipt } from "./receipt.ts";

/** Longer than any one delivery takes; a dead deliverer frees its lease at once anyway. */
const leaseMs = 60_000;

/** Tries after which a terminal that cannot be reached fails a message. */
const attemptsLimit = 3;

/** What a look at an inbox came to. */
export type DeliveryResult =
  { kind: "empty" } | { kind: "elsewhere" } | { kind: "waiting"; reason: string; screen?: Screen };

/** Sessions with messages that could be typed: what has ended waits for its restore. */
export function waitingInboxes({ store }: Engine): string[] {
  return sessionsWithMessages(store).filter((id) => {
    const session = findSession(store, id);
    return session && !session.isTerminated && session.activity !== "exited" && session.launchedAt;
  });
}

/**
 * Types the messages of one session into its agent's terminal, in order, as long as that is
 * safe. One process at a time does it; each text is typed once, whoever dies in between.
 */
export async function deliverInbox(engine: Engine, sessionId: string): Promise<DeliveryResult> {
  if (!nextMessage(engine.store, sessionId)) return { kind: "empty" };
  const fence = acquireLease(engine.store, `deliver:${sessionId}`, engine.owner, leaseMs);
  if (!fence) return { kind: "elsewhere" };
  try {
    for (;;) {
      const message = nextMessage(engine.store, sessionId);
      if (!message) return { kind: "empty" };
      if (!renewLease(engine.store, fence, leaseMs)) return { kind: "elsewhere" };
      const waiting = await deliverOne(engine, message, fence);
      if (waiting) return waiting;
    }
  } finally {
    releaseLease(engine.store, fence);
  }
}

/** A terminal that is safe to type into, or why it is not. */
type Readiness =
  | { runtime: Runtime; handle: RuntimeHandle; launchId: string }
  | { reason: string; screen?: Screen };

async function deliverOne(
  engine: Engine,
  message: Message,
  fence: Fence,
): Promise<DeliveryResult | undefined> {
  const session = getSession(engine.store, message.sessionId);
  if (agentNamed(session.agent).receipts === "http") {
    return await deliverOverHttp(engine, session, message, fence);
  }
  if (message.state === "delivering" && message.launchId !== session.launchId) {
    const error = "it was being typed when its agent ended, and the agent was started again since";
    engine.store.write((tx) => settleMessage(tx, message.id, "failed", error), fence);
    return undefined;
  }
  const ready = await look(engine, session);
  if ("reason" in ready) return { kind: "waiting", ...ready };
  const { launchId } = ready;
  engine.store.write((tx) => setDelivering(tx, message.id, launchId), fence);
  failpoint("deliver.paste.before");
  try {
    const isTyped = await type(engine, session, message, ready);
    if (!isTyped) return { kind: "waiting", reason: "a dialog came up before Enter" };
  } catch (error) {
    if (message.attempts + 1 < attemptsLimit) {
      return { kind: "waiting", reason: messageOf(error) };
    }
    const text = `its terminal could not be reached: ${messageOf(error)}`;
    engine.store.write((tx) => settleMessage(tx, message.id, "failed", text), fence);
    return undefined;
  }
  failpoint("deliver.submit.after");
  engine.store.write((tx) => setSubmitted(tx, message.id), fence);
  const hasReceipts = agentNamed(session.agent).receipts !== "none";
  if (hasReceipts) await awaitReceipt(engine, message, ready, fence);
  return undefined;
}

/** A terminal that does not answer now may do so later: the text waits. */
async function look(engine: Engine, session: Session): Promise<Readiness> {
  try {
    return await readiness(engine, session);
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    return { reason: error.message };
  }
}

async function readiness(engine: Engine, session: Session): Promise<Readiness> {
  const { runtimeHandle, launchId } = session;
  if (runtimeHandle === null || launchId === null) return { reason: "it was not started yet" };
  const handle: RuntimeHandle = JSON.parse(runtimeHandle);
  const probe = (await probeSessions(engine, [session])).get(session.id);
  const agent = probe?.agent ?? "unknown";
  if (agent !== "alive") return { reason: `its agent is not known to be alive (${agent})` };
  const runtime = await engine.runtime(session.runtime);
  const screen = await runtime.screen(handle);
  const adapter = agentNamed(session.agent);
  const reason = reasonToWait({
    session,
    agent,
    isStarting: isStarting(adapter, session, screen),
    hasSignals: adapter.hasSignals,
    acceptsSteering: adapter.acceptsSteering,
    screen,
    dialog: dialogOn(session, screen)?.kind,
  });
  return reason === undefined ? { runtime, handle, launchId } : { reason, screen };
}

/** Until its first signal, and after that while it still draws what it has loaded. */
function isStarting(adapter: AgentAdapter, session: Session, screen: Screen): boolean {
  const { firstSignalAt, lastSignalAt, launchedAt } = session;
  const now = Date.now();
  if (!adapter.announcesStart || now - (launchedAt ?? 0) >= startingMs) return false;
  if (firstSignalAt === null) return true;
  // Loading is silent too, so only silence since the signal counts.
  const silentMs = Math.min(screen.quietMs, now - firstSignalAt);
  return lastSignalAt === firstSignalAt && silentMs < settledMs;
}

/** Pastes and presses Enter. False when a dialog came up in between: Enter would answer it. */
async function type(
  engine: Engine,
  session: Session,
  message: Message,
  ready: Extract<Readiness, { runtime: Runtime }>,
): Promise<boolean> {
  const { runtime, handle } = ready;
  const text = typeableText(messageBody(engine.store, message.id));
  await runtime.paste(handle, { id: message.id, text });
  failpoint("deliver.paste.after");
  await Bun.sleep(submitPauseMs(message.bytes));
  const current = getSession(engine.store, session.id);
  const screen = await runtime.screen(handle);
  if (current.activity === "blocked" || dialogOn(session, screen) !== undefined) return false;
  await runtime.submit(handle, message.id);
  return true;
}
