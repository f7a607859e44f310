import { AoError, messageOf } from "../error.ts";

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
    /** When to try again, Unix milliseconds; only for `rate_limited`. */
    readonly retryAt?: number,
    options?: ErrorOptions,
  ) {
    super(codes[kind], message, hint, options);
  }
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

/** What octokit, or fetch below it, threw: as one of the known kinds. */
export function githubFailure(error: unknown, host: string): unknown {
  if (error instanceof AoError) return error;
  const status = numberField(error, "status");
  if (status === undefined) return networkFailure(error, host);
  const headers = headersOf(error);
  const options = { cause: error };
  const text = messageOf(error);
  if (status === 401) return unauthorized(host, options);
  if (isRateLimit(status, headers, text)) return rateLimited(host, headers, options);
  if (status === 403) {
    const hint = `check what the token may do: \`gh auth status --hostname ${host}\``;
    return new GitHubError("forbidden", `${host} forbids this: ${text}`, hint, undefined, options);
  }
  if (status === 404 || status === 410) {
    const hint = "a private repository looks like none to a token that may not see it";
    return new GitHubError("not_found", `${host}: not found`, hint, undefined, options);
  }
  if (status === 405 || status === 409 || status === 422) {
    return new GitHubError("refused", `${host} refused: ${text}`, undefined, undefined, options);
  }
  const hint = "try again; https://www.githubstatus.com tells of outages";
  return new GitHubError("unavailable", `${host} answered ${status}`, hint, undefined, options);
}

function unauthorized(host: string, options: ErrorOptions): GitHubError {
  const hint = `gh auth login --hostname ${host}`;
  return new GitHubError(
    "unauthorized",
    `${host} does not take the token`,
    hint,
    undefined,
    options,
  );
}

function networkFailure(error: unknown, host: string): unknown {
  const name = error instanceof Error ? error.name : "";
  const isNetwork =
    name === "TimeoutError" ||
    name === "AbortError" ||
    /fetch|socket|connect|ECONN|ENOTFOUND/i.test(messageOf(error));
  if (!isNetwork) return error;
  const what = name === "TimeoutError" ? "did not answer in time" : "cannot be reached";
  const hint = "nothing is lost: it is asked again when the network is back";
  return new GitHubError("unavailable", `${host} ${what}`, hint, undefined, { cause: error });
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

function rateLimited(
  host: string,
  headers: Record<string, string>,
  options: ErrorOptions,
): GitHubError {
  const now = Date.now();
  const after = Number(headers["retry-after"]);
  const reset = Number(headers["x-ratelimit-reset"]);
  const isSpent = headers["x-ratelimit-remaining"] === "0";
  const retryAt =
    after > 0 ? now + after * 1000 : isSpent && reset > 0 ? reset * 1000 : now + secondaryMs;
  const until = new Date(retryAt).toISOString();
  const message = `${host} limits requests until ${until}`;
  return new GitHubError("rate_limited", message, "ao quota", retryAt, options);
}

function headersOf(error: unknown): Record<string, string> {
  if (typeof error !== "object" || error === null) return {};
  const response: unknown = "response" in error ? error.response : undefined;
  if (typeof response !== "object" || response === null || !("headers" in response)) return {};
  const { headers } = response;
  if (typeof headers !== "object" || headers === null) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

function numberField(error: unknown, name: "status"): number | undefined {
  if (typeof error !== "object" || error === null || !(name in error)) return undefined;
  const value = error[name];
  return typeof value === "number" ? value : undefined;
}
