import type { Server } from "bun";
import * as v from "valibot";

import type { Engine } from "../engine/engine.ts";
import { readJson } from "./body.ts";
import { jsonResponse, Refusal } from "./envelope.ts";
import type { Access } from "./guard.ts";
import { nothing } from "./schema/parts.ts";
import type { SocketData } from "./terminals.ts";
import type { Web } from "./web.ts";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";
export type Schema = v.GenericSchema<unknown, unknown>;

/** One request, after the guard has let it in. */
export interface Call {
  web: Web;
  engine: Engine;
  request: Request;
  url: URL;
  access: Access;
  server: Server<SocketData>;
  /** Adds a header to the answer. */
  setHeader(name: string, value: string): void;
  /** The parts of the path that stand in braces, decoded. */
  path: Record<string, string>;
}

/** What a route says of itself; the document is made from the same. */
export interface Route {
  method: Method;
  /** With parameters in braces: `/api/v1/sessions/{id}`. */
  path: string;
  operationId: string;
  summary: string;
  params: Schema;
  query: Schema;
  /** Absent: the route takes no body. */
  body?: Schema;
  answer: { status: number; type: string; schema: Schema };
  /** Answered without a token. */
  isOpen: boolean;
  /** Nothing comes back when the connection has become a WebSocket. */
  respond(call: Call): Promise<Response | undefined>;
}

interface About {
  method: Method;
  path: string;
  operationId: string;
  summary: string;
}

interface Definition<
  P extends Schema,
  Q extends Schema,
  B extends Schema,
  A extends Schema,
> extends About {
  params?: P;
  query?: Q;
  body?: B;
  answer: A;
  /** 200 unless it says otherwise. */
  status?: number;
  isOpen?: boolean;
  handle(
    call: Call,
    input: { params: v.InferOutput<P>; query: v.InferOutput<Q>; body: v.InferOutput<B> },
  ): Promise<v.InferInput<A>> | v.InferInput<A>;
}

type Nothing = typeof nothing;

/** Declares a route that answers with JSON; its types come from the schemas. */
export function route<
  A extends Schema,
  P extends Schema = Nothing,
  Q extends Schema = Nothing,
  B extends Schema = Nothing,
>(definition: Definition<P, Q, B, A>): Route {
  const { method, path, operationId, summary, body, status = 200, isOpen = false } = definition;
  const params = definition.params ?? nothing;
  const query = definition.query ?? nothing;
  return {
    ...{ method, path, operationId, summary, params, query, isOpen },
    ...(body && { body }),
    answer: { status, type: "application/json", schema: definition.answer },
    respond: async (call) => {
      const input = {
        params: parse("params", params, call.path),
        query: parse("query", query, queryOf(call.url)),
        body: body && parse("body", body, await readJson(call.request, call.web.limits.bodyBytes)),
      };
      // The one place where parsed values get the types of their schemas.
      const value = await definition.handle(call, input as Parameters<typeof definition.handle>[1]);
      return jsonResponse(status, value);
    },
  };
}

interface StreamDefinition<P extends Schema, Q extends Schema> extends About {
  params?: P;
  query?: Q;
  /** What one piece of it looks like. */
  answer: Schema;
  status: number;
  type: string;
  respond(
    call: Call,
    input: { params: v.InferOutput<P>; query: v.InferOutput<Q> },
  ): Promise<Response | undefined> | Response | undefined;
}

/** Declares a route that answers with something else than one piece of JSON. */
export function streamRoute<P extends Schema = Nothing, Q extends Schema = Nothing>(
  definition: StreamDefinition<P, Q>,
): Route {
  const { method, path, operationId, summary, answer: schema, status, type } = definition;
  const params = definition.params ?? nothing;
  const query = definition.query ?? nothing;
  return {
    ...{ method, path, operationId, summary, params, query, isOpen: false },
    answer: { status, type, schema },
    respond: async (call) => {
      const input = {
        params: parse("params", params, call.path),
        query: parse("query", query, queryOf(call.url)),
      };
      return definition.respond(call, input as Parameters<typeof definition.respond>[1]);
    },
  };
}

/** Checks what came from outside. Throws a refusal that names each field that is wrong. */
function parse(what: "params" | "query" | "body", schema: Schema, value: unknown): unknown {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issues = result.issues.map((issue) => ({
    path: v.getDotPath(issue) ?? "",
    message: issue.message,
  }));
  const told = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  const message = `${what}: ${told.slice(0, 5).join("; ")}`;
  throw new Refusal(400, `INVALID_${what.toUpperCase()}`, message, { issues });
}

function queryOf(url: URL): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (Object.hasOwn(found, name)) {
      throw new Refusal(400, "INVALID_QUERY", `query: ${name} is given twice`);
    }
    found[name] = value;
  }
  return found;
}
