import { Octokit } from "@octokit/core";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";

import { version } from "../version.ts";
import { GitHubError, githubFailure } from "./failure.ts";
import { fetchInTime, type FetchLimits } from "./fetch.ts";
import {
  type GraphqlAnswer,
  graphqlSpend,
  partialAnswer,
  readAnswer,
  restSpend,
  type Spend,
} from "./graphql.ts";
import { apiBase, graphqlBase } from "./host.ts";

/** Reading by GraphQL is paced by who reads: the plug-in would space it by a second a call. */
const Reader = Octokit.plugin(retry);
const Client = Octokit.plugin(throttling, retry);

/** Answers that another try a second later does not change. Network failures come as 500. */
const final = [400, 401, 403, 404, 405, 409, 410, 422, 429, 451, 500];

export interface RestAnswer {
  status: number;
  headers: Record<string, string>;
  data: unknown;
}

/** The calls that `ao` makes to one host. Every failure is a `GitHubError`. */
export interface GitHub {
  readonly host: string;
  /** Reads; what failed of it is told beside what came. */
  graphql(query: string, variables?: Record<string, unknown>): Promise<GraphqlAnswer>;
  /** Changes something; it is sent once, and anything that failed of it throws. */
  mutate(mutation: string, variables: Record<string, unknown>): Promise<Record<string, unknown>>;
  rest(route: string, parameters?: Record<string, unknown>): Promise<RestAnswer>;
  /** The last `bytes` of a text of any length, which is never held as a whole. */
  tail(route: string, parameters: Record<string, unknown>, bytes: number): Promise<string>;
}

export interface ConnectOptions extends FetchLimits {
  host: string;
  token: string;
  /** Replaces where the API of the host is (AO_GITHUB_API_URL). */
  apiUrl?: string;
  /** Told of what each call has cost. */
  onSpend?: (spend: Spend) => void;
}

/** Connects to a host; nothing is sent yet. The token travels in a header only. */
export function connect(options: ConnectOptions): GitHub {
  const { host, apiUrl, onSpend = () => {} } = options;
  const settings = octokitSettings(options);
  const reader = new Reader(settings);
  const client = new Client(settings);
  const baseUrl = graphqlBase(host, apiUrl);
  const ask = async (octokit: Octokit, parameters: Record<string, unknown>) => {
    const asked = octokit.request("POST /graphql", { ...parameters, baseUrl });
    const answer = readAnswer(await asked.catch(partialAnswer), host);
    onSpend(graphqlSpend(answer));
    return answer;
  };
  const call = async (route: string, parameters: Record<string, unknown>, request = {}) => {
    const isReading = /^(?:GET|HEAD) /.test(route);
    const once = isReading ? {} : { retries: 0 };
    const answer = await client.request(route, { ...parameters, request: { ...request, ...once } });
    const headers = textHeaders(answer.headers);
    onSpend(restSpend(headers));
    // Octokit takes an answer that was cut for an empty one.
    if (typeof answer.data === "string" && headers["content-type"]?.includes("/json")) {
      throw new GitHubError("malformed", `${host} gave an answer that was cut`, "try again");
    }
    return { status: answer.status, headers, data: answer.data };
  };
  return {
    host,
    graphql: (query, variables = {}) => guarded(host, () => ask(reader, { query, variables })),
    mutate: (query, variables) =>
      guarded(host, async () => {
        const { data, errors } = await ask(client, { query, variables, request: { retries: 0 } });
        for (const error of errors.values()) throw error;
        return data;
      }),
    rest: (route, parameters = {}) => guarded(host, () => call(route, parameters)),
    tail: (route, parameters, bytes) =>
      guarded(host, async () => {
        const { data } = await call(route, parameters, { parseSuccessResponseBody: false });
        return data instanceof ReadableStream ? await readTail(data, bytes) : "";
      }),
  };
}

function octokitSettings(options: ConnectOptions) {
  const baseUrl = apiBase(options.host, options.apiUrl);
  return {
    auth: options.token,
    baseUrl,
    userAgent: `ao/${version}`,
    request: { fetch: fetchInTime(options) },
    throttle: {
      id: baseUrl,
      // What is limited is told, not waited for: the observer has its own pace.
      onRateLimit: () => false,
      onSecondaryRateLimit: () => false,
    },
    retry: { retries: 1, doNotRetry: final },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  };
}

async function guarded<T>(host: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw githubFailure(error, host);
  }
}

/** A log longer than this is not read to its end, however fast it comes. */
const mostBytes = 64 * 1024 * 1024;

async function readTail(stream: ReadableStream<Uint8Array>, bytes: number): Promise<string> {
  const kept: Uint8Array[] = [];
  let held = 0;
  let read = 0;
  for await (const piece of stream) {
    kept.push(piece);
    held += piece.length;
    read += piece.length;
    while (kept[0] && held - kept[0].length >= bytes) held -= kept.shift()?.length ?? 0;
    if (read > mostBytes) break;
  }
  const all = Buffer.concat(kept);
  return new TextDecoder().decode(all.subarray(Math.max(0, all.length - bytes)));
}

function textHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
