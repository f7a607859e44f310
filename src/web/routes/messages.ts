import type { Message } from "../../domain/message.ts";
import { isoTime } from "../../domain/time.ts";
import { recover } from "../../engine/recovery.ts";
import { send } from "../../engine/send.ts";
import { getMessage, listMessages, messageBody } from "../../store/message.ts";
import { getSession } from "../../store/session.ts";
import { type Route, route } from "../route.ts";
import {
  messageListSchema,
  messageParams,
  messageSchema,
  messagesQuery,
  sendBody,
  sentSchema,
} from "../schema/message.ts";
import { sessionParams } from "../schema/session.ts";

/** As much of each text as a list shows. */
const beginning = 2_000;

export const messageRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/api/v1/sessions/{id}/send",
    operationId: "sendMessage",
    summary: "Send a text to a session's agent; it is stored first, and typed when that is safe",
    params: sessionParams,
    body: sendBody,
    answer: sentSchema,
    handle: async ({ engine }, { params, body }) => {
      await recover(engine, (operation) => operation.sessionId === params.id);
      const { message, wanted, isReached, reason } = await send(engine, {
        sessionId: params.id,
        text: body.text,
        source: "person",
        dedupeKey: body.key,
        wait: body.wait,
        timeoutMs: body.timeoutSeconds * 1_000,
      });
      const { id, sessionId, state, error } = message;
      return { id, sessionId, state, wanted, isReached, reason: error ?? reason ?? null };
    },
  }),
  route({
    method: "GET",
    path: "/api/v1/sessions/{id}/messages",
    operationId: "listMessages",
    summary: "List the texts for a session's agent with their receipts, newest first",
    params: sessionParams,
    query: messagesQuery,
    answer: messageListSchema,
    handle: ({ engine: { store } }, { params, query }) => {
      getSession(store, params.id);
      const messages = listMessages(store, params.id, query.limit ?? 50);
      const begin = (id: string) => messageBody(store, id).slice(0, beginning);
      return { messages: messages.map((message) => viewOf(message, begin(message.id))) };
    },
  }),
  route({
    method: "GET",
    path: "/api/v1/messages/{id}",
    operationId: "showMessage",
    summary: "Show a text for an agent, whole, with its receipt",
    params: messageParams,
    answer: messageSchema,
    handle: ({ engine: { store } }, { params }) =>
      viewOf(getMessage(store, params.id), messageBody(store, params.id)),
  }),
];

function viewOf(message: Message, text: string) {
  const { id, sessionId, source, sender, state, attempts, receipt, error, bytes } = message;
  return {
    ...{ id, sessionId, source, sender, state, attempts, receipt, error, bytes, text },
    createdAt: isoTime(message.createdAt),
    updatedAt: isoTime(message.updatedAt),
    submittedAt: isoTime(message.submittedAt),
    ackedAt: isoTime(message.ackedAt),
  };
}
