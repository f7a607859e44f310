import { sessionDiff } from "../../engine/diff.ts";
import { logTail, screenOf } from "../../engine/terminal.ts";
import { explain, whyJson } from "../../engine/why.ts";
import { type Route, route } from "../route.ts";
import {
  diffQuery,
  diffSchema,
  logsQuery,
  logsSchema,
  screenSchema,
  sessionParams,
  whySchema,
} from "../schema/session.ts";

export const lookingRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/api/v1/sessions/{id}/why",
    operationId: "explainSession",
    summary: "Show the evidence behind a session's status",
    params: sessionParams,
    answer: whySchema,
    handle: async ({ engine }, { params }) => whyJson(await explain(engine, params.id)),
  }),
  route({
    method: "GET",
    path: "/api/v1/sessions/{id}/screen",
    operationId: "showScreen",
    summary: "Show what is on an agent's screen now",
    params: sessionParams,
    answer: screenSchema,
    handle: async ({ engine }, { params: { id } }) => {
      const shown = await screenOf(engine, id);
      const { isComplete, columns, rows, cursor, isAlternate, lines } = shown;
      return { id, isComplete, columns, rows, cursor, isAlternate, lines };
    },
  }),
  route({
    method: "GET",
    path: "/api/v1/sessions/{id}/logs",
    operationId: "showLogs",
    summary: "Show what an agent's terminal printed, as plain text",
    params: sessionParams,
    query: logsQuery,
    answer: logsSchema,
    handle: async ({ engine }, { params: { id }, query }) => ({
      id,
      lines: await logTail(engine, id, query.lines ?? 100),
    }),
  }),
  route({
    method: "GET",
    path: "/api/v1/sessions/{id}/diff",
    operationId: "showDiff",
    summary: "Show what a session has changed against its base",
    params: sessionParams,
    query: diffQuery,
    answer: diffSchema,
    handle: async ({ engine }, { params: { id }, query }) => {
      const options = { isSummary: query.stat ?? false, hasColor: false };
      const { text, ...counts } = await sessionDiff(engine, id, options);
      return { id, ...counts, diff: text };
    },
  }),
];
