import { isoTime } from "../domain/time.ts";
import { AoError, messageOf } from "../error.ts";
import { isGitHubOwn } from "./host.ts";

/** Every way in which GitHub can fail, as one list for all that asks it. */
export type GitHubFailureKind =
  | "not_found"
  | "unauthorized"
  | "forbidden"
  | "rate_limited"
  | "unavailable"
  | "malformed"
  | "refused";

/** An expected failure of GitHub, with a hint for the person. */
export class GitHubError extends AoError {
  constructor(
    readonly kind: GitHubFailureKind,
    message: string,
    hint: string | undefined,
    readonly more: FailureDetails = {},
  ) {
    super(codes[kind], message, hint);
  }
}

/** What is known of a failure beside its text. */
export interface FailureDetails {
  /** When to try again, Unix milliseconds; only for `rate_limited`. */
  retryAt?: number;
  /** The HTTP status, where there was an answer. */
  status?: number;
  /** The host's own words; only for `refused`. */
  said?: string;
}

const codes = {
  not_found: "not_found",
  unauthorized: "unavailable",
  forbidden: "unavailable",
  rate_limited: "unavailable",
  unavailable: "unavailable",
  malformed: "unavailable",
  refused: "conflict",
} as const;

/** A secondary limit that names no time is left alone for this long. */
const secondaryMs = 60_000;

/**
 * What octokit, or fetch below it, threw: as one of the known kinds. The thrown thing itself is
 * not kept as a cause: it holds the request, and with it more than a log should see.
 */
export function githubFailure(error: unknown, host: string): unknown {
  if (error instanceof AoError) return error;
  const response = field(error, "response");
  const status = field(response, "status");
  if (typeof status !== "number") return networkFailure(error, host);
  const headers = lowerCased(field(response, "headers"));
  const text = said(error);
  if (status === 401) return unauthorized(host);
  if (isRateLimit(status, headers, text)) return rateLimitedUntil(host, headers);
  if (status === 403) return forbidden(host, text);
  if (status === 404 || status === 410) return notFound(`${host} has no ${pathOf(error)}`);
  if (status === 405 || status === 409 || status === 422) {
    const more = { status, said: text };
    return new GitHubError("refused", `${host} refused: ${text}`, undefined, more);
  }
  const hint = "try again; https://www.githubstatus.com tells of outages";
  return new GitHubError("unavailable", `${host} answered ${status}`, hint, { status });
}

/** An error inside an answer, by its type. */
export function graphqlFailure(host: string, type: string, message: string): GitHubError {
  const text = plain(message);
  if (type === "NOT_FOUND") return notFound(`${host}: ${text}`);
  if (type === "FORBIDDEN" || type === "INSUFFICIENT_SCOPES") return forbidden(host, text);
  if (type === "UNPROCESSABLE") {
    return new GitHubError("refused", `${host} refused: ${text}`, undefined);
  }
  return new GitHubError("unavailable", `${host}: ${text}`, "try again", { status: 200 });
}

/** The failure of a limit, with the time from which on GitHub answers again. */
export function rateLimitedUntil(host: string, headers: Record<string, unknown>): GitHubError {
  const now = Date.now();
  const after = Number(headers["retry-after"]);
  const reset = Number(headers["x-ratelimit-reset"]);
  const isSpent = headers["x-ratelimit-remaining"] === "0";
  const retryAt =
    after > 0 ? now + after * 1000 : isSpent && reset > 0 ? reset * 1000 : now + secondaryMs;
  const until = isoTime(retryAt);
  const message = `${host} limits requests until ${until}`;
  return new GitHubError("rate_limited", message, "ao quota", { retryAt });
}

function notFound(message: string): GitHubError {
  const hint = "a private repository looks like none to a token that may not see it";
  return new GitHubError("not_found", message, hint);
}

function forbidden(host: string, text: string): GitHubError {
  const hint = `check what the token may do: \`gh auth status --hostname ${host}\``;
  return new GitHubError("forbidden", `${host} forbids this: ${text}`, hint);
}

function unauthorized(host: string): GitHubError {
  const names = isGitHubOwn(host)
    ? "AO_GITHUB_TOKEN, GITHUB_TOKEN, GH_TOKEN"
    : "GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN";
  const hint = `look at ${names}, or \`gh auth login --hostname ${host}\``;
  return new GitHubError("unauthorized", `${host} does not take the token`, hint);
}

/** What never got an answer; a defect of this program goes on as it is. */
function networkFailure(error: unknown, host: string): unknown {
  const cause = field(error, "cause") ?? error;
  const names = [error, cause].map((one) => (one instanceof Error ? one.name : ""));
  if (names.includes("AbortError")) {
    return new AoError("interrupted", `the call to ${host} was interrupted`);
  }
  if (!names.includes("HttpError") && !names.includes("TimeoutError")) return error;
  const isLate = names.includes("TimeoutError");
  const what = isLate ? "did not answer in time" : `cannot be reached (${reason(cause)})`;
  const hint = "nothing is lost: it is asked again when the network is back";
  return new GitHubError("unavailable", `${host} ${what}`, hint);
}

function reason(cause: unknown): string {
  const code = field(cause, "code");
  return typeof code === "string" ? code : plain(messageOf(cause));
}

function isRateLimit(status: number, headers: Record<string, string>, text: string): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers["x-ratelimit-remaining"] === "0" ||
    headers["retry-after"] !== undefined ||
    /rate limit|abuse/i.test(text)
  );
}

function pathOf(error: unknown): string {
  const url = field(field(error, "request"), "url");
  return typeof url === "string" ? (URL.parse(url)?.pathname ?? "such page") : "such page";
}

/** The reason in the host's own words, without the address of its manual. */
function said(error: unknown): string {
  const data = field(field(error, "response"), "data");
  const listed = field(data, "errors");
  const messages = [data, ...(Array.isArray(listed) ? listed : [])]
    .map((part) => (typeof part === "string" ? part : field(part, "message")))
    .filter((message) => typeof message === "string");
  return plain(messages.length > 0 ? messages.join(": ") : messageOf(error));
}

/** Text of a host as part of a message: one line, capped, in lower case, without a period. */
function plain(text: string): string {
  const line = text
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim()
    .replace(/\.$/, "")
    .slice(0, 300);
  return /^[A-Z][a-z]/.test(line) ? line[0]?.toLowerCase() + line.slice(1) : line;
}

function lowerCased(headers: unknown): Record<string, string> {
  if (typeof headers !== "object" || headers === null) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  // Errors keep what they say in properties of their own, some of them inherited.
  return name in value ? Reflect.get(value, name) : undefined;
}
