import * as v from "valibot";

import { AoError, messageOf } from "../error.ts";

/** Where a server of opencode answers, and the password that it wants. */
export interface OpencodeServer {
  /** Such as `http://127.0.0.1:4096`. */
  url: string;
  password: string;
}

export interface OpencodeRequest {
  method?: "GET" | "POST" | "DELETE";
  path: string;
  query?: Record<string, string | number>;
  body?: unknown;
  timeoutMs: number;
}

/** Longest part of an answer that goes into an error. */
const excerptLength = 200;

/**
 * One call, with a limit of its own. Throws `unavailable` when the server does not answer in time,
 * wants another password or breaks, `not_found` for what it does not know, `failed` for what it
 * refuses.
 */
export async function call<Schema extends v.GenericSchema>(
  server: OpencodeServer,
  request: OpencodeRequest,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const { text } = await answerOf(server, request);
  try {
    return v.parse(schema, text === "" ? undefined : JSON.parse(text));
  } catch (error) {
    const what = `opencode answered ${request.path} with something else: ${messageOf(error)}`;
    throw new AoError("unavailable", what, undefined, { cause: error });
  }
}

/** The header that a server with a password wants; its user is always the same. */
export function authorization({ password }: OpencodeServer): Record<string, string> {
  return { authorization: `Basic ${btoa(`opencode:${password}`)}` };
}

async function answerOf(
  server: OpencodeServer,
  { method = "GET", path, query = {}, body, timeoutMs }: OpencodeRequest,
): Promise<{ text: string }> {
  const url = new URL(path, server.url);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers: { ...authorization(server), "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await response.text();
  } catch (error) {
    throw unanswered(error, path, timeoutMs);
  }
  if (response.ok) return { text };
  throw refusal(response.status, path, text);
}

function unanswered(error: unknown, path: string, timeoutMs: number): AoError {
  const isLate = error instanceof DOMException && error.name === "TimeoutError";
  const why = isLate ? `within ${timeoutMs} ms` : `(${messageOf(error)})`;
  const message = `opencode's server did not answer ${path} ${why}`;
  return new AoError("unavailable", message, undefined, { cause: error });
}

function refusal(status: number, path: string, text: string): AoError {
  const said = text.replace(/\s+/g, " ").slice(0, excerptLength);
  const message = `opencode's server answered ${path} with ${status}: ${said}`;
  if (status === 404) return new AoError("not_found", message);
  const isRefusal = status >= 400 && status < 500 && status !== 401 && status !== 408;
  return new AoError(isRefusal ? "failed" : "unavailable", message);
}
