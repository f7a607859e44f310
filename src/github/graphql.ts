import { GitHubError, graphqlFailure, rateLimitedUntil } from "./failure.ts";

/** What GraphQL calls have cost, as GitHub itself tells with each answer. */
export interface Spend {
  /** Points of this answer. */
  cost: number;
  remaining: number;
  limit: number;
  /** Unix milliseconds. */
  resetAt: number;
}

export interface GraphqlAnswer {
  /** What came, even when some of it failed. */
  data: Record<string, unknown>;
  /** What failed, by the alias at the root of its path; empty for all of it. */
  errors: Map<string, GitHubError>;
  spend: Spend | undefined;
}

/** An answer as octokit gives it. */
export interface RawAnswer {
  status: number;
  headers: unknown;
  data: unknown;
}

/**
 * The plug-ins throw when one part of an answer failed, but the rest of it is as good as ever.
 * For `catch`: gives that answer back, and throws everything else again.
 */
export function partialAnswer(error: unknown): RawAnswer {
  const response = field(error, "response");
  const data = field(response, "data");
  if (field(response, "status") !== 200 || !Array.isArray(field(data, "errors"))) throw error;
  return { status: 200, headers: field(response, "headers"), data };
}

/** Reads an answer with the errors beside its data. Throws when all of it was refused. */
export function readAnswer(answer: RawAnswer, host: string): GraphqlAnswer {
  const data = record(field(answer.data, "data"));
  const errors = new Map<string, GitHubError>();
  const listed = field(answer.data, "errors");
  for (const error of Array.isArray(listed) ? listed : []) {
    const path = field(error, "path");
    const type = String(field(error, "type") ?? "");
    const message = String(field(error, "message") ?? "unknown error");
    if (type === "RATE_LIMITED") throw rateLimitedUntil(host, record(answer.headers));
    const place = Array.isArray(path) ? String(path[0]) : "";
    if (!errors.has(place)) errors.set(place, graphqlFailure(host, type, message));
  }
  if (Object.keys(data).length === 0) {
    for (const error of errors.values()) throw error;
    throw new GitHubError("malformed", `${host} gave an answer without data`, undefined);
  }
  return { data, errors, spend: readSpend(data["rateLimit"]) };
}

function readSpend(limit: unknown): Spend | undefined {
  const cost = field(limit, "cost");
  if (typeof cost !== "number") return undefined;
  return {
    cost,
    remaining: Number(field(limit, "remaining")),
    limit: Number(field(limit, "limit")),
    resetAt: Date.parse(String(field(limit, "resetAt"))),
  };
}

/** A field of something that came from outside, or undefined. */
export function field(value: unknown, name: string): unknown {
  return record(value)[name];
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}
