/** What the server, or the way to it, answered instead of the thing. */
export class HttpError extends Error {
  constructor(
    /** The HTTP status; 0 when no answer came. */
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | undefined,
  ) {
    super(message);
  }
}

/** Where the API is. */
export const base = "/api/v1";

/** How long an answer may take; a spawn or a merge takes longer than a listing. */
const answerMs = 120_000;

/** Reads a resource of the API. Throws `HttpError`. */
export function get<T>(path: string): Promise<T> {
  return request<T>("GET", path);
}

/** Changes something through the API. Throws `HttpError`. */
export function act<T>(method: "POST" | "PATCH" | "DELETE", path: string, body: object = {}) {
  return request<T>(method, path, body);
}

/** A path of the API whose parts come from data. */
export function pathOf(parts: TemplateStringsArray, ...values: string[]): string {
  return String.raw({ raw: parts.raw }, ...values.map(encodeURIComponent));
}

async function request<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await sent(method, path, body);
  const text = await answer.text();
  const parsed = parse(text);
  if (answer.ok) return parsed as T;
  throw failure(answer.status, parsed);
}

async function sent(method: string, path: string, body?: object): Promise<Response> {
  try {
    return await fetch(base + path, {
      method,
      credentials: "same-origin",
      signal: AbortSignal.timeout(answerMs),
      ...(body ? { body: JSON.stringify(body), headers: jsonType } : {}),
    });
  } catch (cause) {
    const message = "the daemon does not answer";
    throw Object.assign(new HttpError(0, "unreachable", message, "ao daemon"), { cause });
  }
}

const jsonType = { "content-type": "application/json" };

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failure(status: number, body: unknown): HttpError {
  const { code, message, details } = (body ?? {}) as {
    code?: string;
    message?: string;
    details?: { hint?: string };
  };
  const hint = typeof details?.hint === "string" ? details.hint : undefined;
  return new HttpError(status, code ?? "unknown", message ?? `the answer was ${status}`, hint);
}

/** What to tell a person of a failure. */
export function textOf(error: unknown): string {
  if (error instanceof HttpError && error.hint) return `${error.message} — ${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}
