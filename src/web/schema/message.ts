import * as v from "valibot";

import { messageBytesLimit, messageStates, waitStates } from "../../domain/message.ts";
import { count, id, time, words } from "./parts.ts";

const maybeTime = v.nullable(time);

export const messageSchema = v.object({
  id: v.string(),
  sessionId: v.string(),
  source: v.picklist(["person", "session", "feedback", "engine"]),
  /** The session that sent it. */
  sender: v.nullable(v.string()),
  state: v.picklist(messageStates),
  attempts: v.number(),
  /** What confirmed it. */
  receipt: v.nullable(v.string()),
  error: v.nullable(v.string()),
  /** Size of the whole text. */
  bytes: v.number(),
  /** The text; in a list its beginning. */
  text: v.string(),
  createdAt: time,
  updatedAt: time,
  submittedAt: maybeTime,
  ackedAt: maybeTime,
});

/** Newest first. */
export const messageListSchema = v.object({ messages: v.array(messageSchema) });

export const messagesQuery = v.strictObject({ limit: v.optional(count(1, 500)) });

export const messageParams = v.strictObject({ id });

export const sendBody = v.strictObject({
  text: v.pipe(v.string(), v.nonEmpty(), v.maxBytes(messageBytesLimit)),
  /** How far to follow it before answering; `message_updated` tells of the rest. */
  wait: v.optional(v.picklist(waitStates), "queued"),
  timeoutSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(300)), 30),
  /** A second text with the same key is not sent. */
  key: v.optional(words),
});

export const sentSchema = v.object({
  id: v.string(),
  sessionId: v.string(),
  state: v.picklist(messageStates),
  wanted: v.picklist(waitStates),
  /** Whether it came as far as was wanted within the time; if not it goes on by itself. */
  isReached: v.boolean(),
  /** Why it has not come further. */
  reason: v.nullable(v.string()),
});
