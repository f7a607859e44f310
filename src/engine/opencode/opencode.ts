import type { Message } from "../../domain/message.ts";
import type { Session } from "../../domain/session.ts";
import { AoError } from "../../error.ts";
import { OpencodeClient } from "../../opencode/client.ts";
import type { Engine } from "../engine.ts";
import { findServer, opencodeSession, type ServerAddress } from "./server.ts";
import { arrival, handOver, type OpencodeText } from "./text.ts";

/** What handing a message over to an agent's server came to. */
export type HandOver =
  | { kind: "acked"; receipt: string }
  /** The server has it; that it stands in the conversation is told later, by the event stream. */
  | { kind: "submitted" }
  /** Not now; the message stays as it is, and trying again later never delivers it twice. */
  | { kind: "waiting"; reason: string };

/** Told before anything is sent, and once the server has taken the text. */
export interface HandOverSteps {
  onSend(): void;
  onTaken(): void;
}

/** How long a text that a dead deliverer may have sent is looked for before it is sent. */
const resumeMs = 5_000;

/** How long the receipt of a text that the server has taken is waited for here. */
const receiptMs = 15_000;

/**
 * Hands a message over to the conversation of an opencode session, by its server. A message in
 * state `delivering` may have been sent by a deliverer that died or gave up waiting: it is looked
 * for first. Throws `failed` for what is refused.
 */
export async function deliverToOpencode(
  engine: Engine,
  session: Session,
  message: Pick<Message, "id" | "state"> & { text: string },
  steps: HandOverSteps,
): Promise<HandOver> {
  const server = connect(engine, session);
  if (!server) return { kind: "waiting", reason: "its server has not started yet" };
  const marker = `message:${message.id}`;
  const text = { text: message.text, marker, model: session.model };
  let isTaken = false;
  const onTaken = () => {
    isTaken = true;
    steps.onTaken();
  };
  try {
    const id = session.agentSessionId ?? (await begin(engine, session, server));
    const isResumed = message.state === "delivering";
    steps.onSend();
    const found = await sendTo(engine, session, server, { id, text, isResumed, onTaken });
    return found === undefined ? { kind: "submitted" } : { kind: "acked", receipt: found };
  } catch (error) {
    // Whether it has arrived is asked no more; the text is there all the same.
    if (isTaken) return { kind: "submitted" };
    const isTransient = error instanceof AoError && error.code !== "failed";
    if (!isTransient) throw error;
    return { kind: "waiting", reason: error.message };
  }
}

/**
 * Answers the permission that a session asks for; with `isOnlyShown` none but the one that the
 * store shows. Throws `conflict` when it asks for none, or for several of which the shown one is
 * not known, and `unavailable`.
 */
export async function answerOpencode(
  engine: Engine,
  session: Session,
  answer: "allow" | "deny",
  isOnlyShown = false,
): Promise<void> {
  const server = connect(engine, session, answerMs);
  const hint = `ao attach ${session.id}`;
  if (!server) throw new AoError("unavailable", `${session.id} has no opencode server`, hint);
  const pending = await server.client.pendingPermissions();
  const shown = pending.find(({ id }) => id === session.activityDetail?.call);
  const only = pending.length === 1 ? pending[0] : undefined;
  if (!shown && only && isOnlyShown && session.activityDetail?.call !== undefined) {
    throw new AoError("conflict", `session ${session.id} does not ask for that any more`, hint);
  }
  const permission = shown ?? only;
  if (!permission) {
    const what = pending.length === 0 ? "asks for no permission" : "asks for several permissions";
    throw new AoError("conflict", `session ${session.id} ${what}`, hint);
  }
  await server.client.replyToPermission(permission.id, answer === "allow" ? "once" : "reject");
}

/**
 * Breaks off the turn under way, if there is one. What goes wrong is told to `onError`, never
 * thrown; a session without a server or a conversation is left alone.
 */
export async function abortOpencode(
  engine: Engine,
  session: Session,
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    const server = connect(engine, session, abortMs);
    if (server) await owned(engine, session, server).abort(onError);
  } catch (error) {
    onError(error);
  }
}

/** A person who answers would rather wait for a slow server than try again. */
const answerMs = 15_000;

/** An agent that is about to be stopped must not wait long for this. */
const abortMs = 1_000;

interface Connected {
  client: OpencodeClient;
  address: ServerAddress;
}

function connect(engine: Engine, session: Session, timeoutMs?: number): Connected | undefined {
  const address = findServer(engine.dataDir, session);
  return address && { client: new OpencodeClient(address, timeoutMs), address };
}

function owned(engine: Engine, session: Session, { client, address }: Connected) {
  const { store, owner } = engine;
  return opencodeSession({ store, owner, client, home: address.home }, session);
}

/** The first conversation of a session that has none yet, shown in its terminal. */
async function begin(engine: Engine, session: Session, server: Connected): Promise<string> {
  const { id, justCreated } = await owned(engine, session, server).ensure();
  if (justCreated) await server.client.showConversation(id);
  return id;
}

interface Sending {
  id: string;
  text: OpencodeText;
  isResumed: boolean;
  onTaken(): void;
}

/** Sends to the conversation, or to a new one where a person has deleted it. */
async function sendTo(
  engine: Engine,
  session: Session,
  server: Connected,
  { id, text, isResumed, onTaken }: Sending,
): Promise<string | undefined> {
  const { client } = server;
  try {
    const known = isResumed ? await arrival(client, id, text.marker, resumeMs) : undefined;
    if (known !== undefined) return known;
    await handOver(client, id, text);
  } catch (error) {
    if (!(error instanceof AoError) || error.code !== "not_found") throw error;
    const fresh = await owned(engine, session, server).recreate(id);
    if (fresh.justCreated) await client.showConversation(fresh.id);
    await handOver(client, fresh.id, text);
    onTaken();
    return await arrival(client, fresh.id, text.marker, receiptMs);
  }
  onTaken();
  return await arrival(client, id, text.marker, receiptMs);
}
