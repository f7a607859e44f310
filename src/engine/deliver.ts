import type { AgentAdapter } from "../agent/port.ts";
import { agentNamed } from "../agent/table.ts";
import { reasonToWait, settledMs, startingMs, submitPauseMs } from "../domain/delivery.ts";
import { type Message, typeableText } from "../domain/message.ts";
import type { Session } from "../domain/session.ts";
import { messageOf } from "../error.ts";
import { failpoint } from "../process/failpoint.ts";
import type { Runtime, RuntimeHandle, Screen } from "../runtime/port.ts";
import { acquireLease, releaseLease } from "../store/lease.ts";
import {
  messageBody,
  nextMessage,
  setDelivering,
  setSubmitted,
  settleMessage,
} from "../store/message.ts";
import { getSession } from "../store/session.ts";
import type { Fence } from "../store/store.ts";
import type { Engine } from "./engine.ts";
import { probeSessions } from "./probe.ts";

/** Longer than any one delivery takes; a dead deliverer frees its lease at once anyway. */
const leaseMs = 60_000;

/** Tries after which a terminal that cannot be reached fails a message. */
const attemptsLimit = 3;

/** What a look at an inbox came to. */
export type DeliveryResult =
  { kind: "empty" } | { kind: "elsewhere" } | { kind: "waiting"; reason: string; screen?: Screen };

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
  if (message.state === "delivering" && message.launchId !== session.launchId) {
    const error = "its deliverer died while typing, and the agent was started again since";
    engine.store.write((tx) => settleMessage(tx, message.id, "failed", error), fence);
    return undefined;
  }
  const ready = await readiness(engine, session, message);
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
  return undefined;
}

async function readiness(engine: Engine, session: Session, message: Message): Promise<Readiness> {
  const { runtimeHandle, launchId } = session;
  if (runtimeHandle === null || launchId === null) return { reason: "it was not started yet" };
  const handle: RuntimeHandle = JSON.parse(runtimeHandle);
  const probe = (await probeSessions(engine, [session])).get(session.id);
  const agent = probe?.agent ?? "unknown";
  if (agent !== "alive") return { reason: `its agent is not known to be alive (${agent})` };
  const runtime = await engine.runtime(session.runtime);
  const screen = await runtime.screen(handle);
  const adapter = agentNamed(session.agent);
  // A deliverer that died may have typed this very message into the composer already.
  const isResumed = message.state === "delivering";
  const reason = reasonToWait({
    session,
    agent,
    isStarting: isStarting(adapter, session, screen),
    hasSignals: adapter.hasSignals,
    acceptsSteering: adapter.acceptsSteering,
    screen: isResumed ? { ...screen, quietMs: Infinity } : screen,
    dialog: dialogOn(session, screen),
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

function dialogOn(session: Session, screen: Screen): string | undefined {
  const text = screen.lines.join("\n");
  return agentNamed(session.agent).dialogs.find(({ pattern }) => pattern.test(text))?.kind;
}
