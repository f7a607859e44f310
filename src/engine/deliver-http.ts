import { agentNamed } from "../agent/table.ts";
import { reasonToWait } from "../domain/delivery.ts";
import { type Message, typeableText } from "../domain/message.ts";
import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import {
  acknowledgeMessage,
  messageBody,
  setDelivering,
  setSubmitted,
  settleMessage,
} from "../store/message.ts";
import type { Fence } from "../store/store.ts";
import type { Engine } from "./engine.ts";
import { deliverToOpencode } from "./opencode/opencode.ts";
import { probeSessions } from "./probe.ts";

/** A screen that nothing is typed into keeps nothing from being delivered. */
const noScreen = { isComplete: true, isBlank: false, quietMs: Infinity, hasTypedDraft: false };

/**
 * Delivers a message over the agent's own server, which confirms it at once. Returns why it has
 * to wait, or undefined when it is on no way any more. A draft in the terminal is left alone, and
 * a text that was sent before the agent was started anew is found where it stands.
 */
export async function deliverOverHttp(
  engine: Engine,
  session: Session,
  message: Message,
  fence: Fence,
): Promise<{ kind: "waiting"; reason: string } | undefined> {
  const { store } = engine;
  const { id, sessionId, state, textHash } = message;
  const reason = await whyWait(engine, session);
  if (reason !== undefined) return { kind: "waiting", reason };
  const launchId = session.launchId ?? "";
  const steps = {
    onSend: () => store.write((tx) => void setDelivering(tx, id, launchId), fence),
    onTaken: () => store.write((tx) => void setSubmitted(tx, id), fence),
  };
  try {
    const text = typeableText(messageBody(store, id));
    const result = await deliverToOpencode(engine, session, { id, state, text }, steps);
    if (result.kind === "waiting") return result;
    if (result.kind === "submitted") return undefined;
    const receipt = `opencode ${result.receipt}`;
    store.write((tx) => void acknowledgeMessage(tx, sessionId, textHash, receipt), fence);
  } catch (error) {
    if (!(error instanceof AoError) || error.code !== "failed") throw error;
    store.write((tx) => void settleMessage(tx, id, "failed", error.message), fence);
  }
  return undefined;
}

async function whyWait(engine: Engine, session: Session): Promise<string | undefined> {
  const probe = (await probeSessions(engine, [session])).get(session.id);
  const { hasSignals, acceptsSteering } = agentNamed(session.agent);
  return reasonToWait({
    session,
    agent: probe?.agent ?? "unknown",
    hasSignals,
    acceptsSteering,
    screen: noScreen,
    dialog: undefined,
  });
}
