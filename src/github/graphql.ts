import { GitHubError, graphqlFailure, rateLimitedUntil } from "./failure.ts";

/** What is left of an hour's budget. */
export interface Budget {
  remaining: number;
  limit: number;
  /** Unix milliseconds. */
  resetAt: number;
}

/** What one call has cost, as GitHub itself tells with each answer. */
export interface Spend {
  /** GraphQL counts points, REST counts calls, each from a budget of its own. */
  resource: "graphql" | "rest";
  cost: number;
  /** Absent when the answer did not tell. */
  left?: Budget;
}

export interface GraphqlAnswer {
  /** What came, even when some of it failed. */
  data: Record<string, unknown>;
  /** What failed, by the alias at the root of its path; empty for all of it. */
  errors: Map<string, GitHubError>;
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
  return { data, errors };
}

/** What an answer of GraphQL says that it has cost; a change that is not told costs a point. */
export function graphqlSpend({ data }: GraphqlAnswer): Spend {
  const limit = data["rateLimit"];
  const cost = field(limit, "cost");
  if (typeof cost !== "number") return { resource: "graphql", cost: 1 };
  const left = {
    remaining: Number(field(limit, "remaining")),
    limit: Number(field(limit, "limit")),
    resetAt: Date.parse(String(field(limit, "resetAt"))),
  };
  return { resource: "graphql", cost, left };
}

/** What the headers of an answer of REST say; a download from elsewhere tells nothing. */
export function restSpend(headers: Record<string, unknown>): Spend {
  const number = (name: string) => Number(headers[`x-ratelimit-${name}`] ?? Number.NaN);
  const left = {
    remaining: number("remaining"),
    limit: number("limit"),
    resetAt: number("reset") * 1000,
  };
  const isTold = Object.values(left).every(Number.isFinite);
  return { resource: "rest", cost: 1, ...(isTold ? { left } : {}) };
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
