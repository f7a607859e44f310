import { Octokit } from "@octokit/core";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";

import { version } from "../version.ts";
import { githubFailure } from "./failure.ts";
import { apiBase } from "./host.ts";

const Client = Octokit.plugin(throttling, retry);

/** No call to GitHub may hang longer than this. */
const requestMs = 20_000;

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
  /** Messages of what failed, by the alias at the root of its path. */
  errors: Map<string, string>;
  spend: Spend | undefined;
}

export interface RestAnswer {
  status: number;
  headers: Record<string, string>;
  data: unknown;
}

/** The calls that `ao` makes to one host. Every failure is a `GitHubError`. */
export interface GitHub {
  readonly host: string;
  graphql(query: string, variables?: Record<string, unknown>): Promise<GraphqlAnswer>;
  rest(route: string, parameters?: Record<string, unknown>): Promise<RestAnswer>;
}

/** Connects to a host. The token travels in a header only. */
export function connect(options: { host: string; token: string; apiUrl?: string }): GitHub {
  const { host } = options;
  const client = new Client({
    auth: options.token,
    baseUrl: apiBase(host, options.apiUrl),
    userAgent: `ao/${version}`,
    request: { fetch: fetchInTime },
    // What is limited is told, not waited for: the observer has its own pace.
    throttle: { onRateLimit: () => false, onSecondaryRateLimit: () => false },
    retry: { retries: 1 },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  return {
    host,
    graphql: async (query, variables = {}) => {
      const answer = await guarded(host, () =>
        client.request("POST /graphql", { query, variables, ...graphqlUrl(options) }),
      );
      return readGraphql(answer.data);
    },
    rest: async (route, parameters = {}) => {
      const answer = await guarded(host, () => client.request(route, parameters));
      return { status: answer.status, headers: textHeaders(answer.headers), data: answer.data };
    },
  };
}

/** An Enterprise Server has its GraphQL beside `/api/v3`, not below it. */
function graphqlUrl(options: { host: string; apiUrl?: string }): { baseUrl?: string } {
  const base = apiBase(options.host, options.apiUrl);
  return base.endsWith("/api/v3") ? { baseUrl: base.slice(0, -"/v3".length) } : {};
}

async function guarded<T>(host: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw githubFailure(error, host);
  }
}

async function fetchInTime(url: string, init: RequestInit = {}): Promise<Response> {
  const limit = AbortSignal.timeout(requestMs);
  const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
  return await fetch(url, { ...init, signal });
}

/** GitHub answers 200 with `errors` beside the data that it could give. */
function readGraphql(body: unknown): GraphqlAnswer {
  const answer = record(body);
  const data = record(answer["data"]);
  const errors = new Map<string, string>();
  for (const item of Array.isArray(answer["errors"]) ? answer["errors"] : []) {
    const error = record(item);
    const path = Array.isArray(error["path"]) ? String(error["path"][0]) : "";
    errors.set(path, String(error["message"] ?? "unknown error"));
  }
  return { data, errors, spend: readSpend(record(data["rateLimit"])) };
}

function readSpend(limit: Record<string, unknown>): Spend | undefined {
  const cost = Number(limit["cost"]);
  if (!Number.isFinite(cost)) return undefined;
  return {
    cost,
    remaining: Number(limit["remaining"]),
    limit: Number(limit["limit"]),
    resetAt: Date.parse(String(limit["resetAt"])),
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function textHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
