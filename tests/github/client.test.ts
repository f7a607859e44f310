import { expect, setDefaultTimeout, test } from "bun:test";
import { inspect } from "node:util";

import { connect, type ConnectOptions, type GitHub } from "../../src/github/client.ts";
import { GitHubError, type GitHubFailureKind } from "../../src/github/failure.ts";
import type { Spend } from "../../src/github/graphql.ts";
import { apiBase, graphqlBase, parsePrReference } from "../../src/github/host.ts";
import { jobFailure, tailOf } from "../../src/github/log.ts";
import type { Fault } from "../support/github-server/faults.ts";
import { GitHubServer } from "../support/github-server/server.ts";
import { ask } from "./ask.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(30_000);

function scene(given: Partial<ConnectOptions> = {}) {
  const server = new GitHubServer();
  const github = connect({ host: "github.com", token: server.token, apiUrl: server.url, ...given });
  return { server, github, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** What a call fails with; that it does not fail is a failure. */
async function failureOf(call: Promise<unknown>): Promise<GitHubError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof GitHubError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

const bases: [string, string | undefined, string, string][] = [
  ["github.com", undefined, "https://api.github.com", "https://api.github.com"],
  ["acme.ghe.com", undefined, "https://api.acme.ghe.com", "https://api.acme.ghe.com"],
  ["git.acme.dev", undefined, "https://git.acme.dev/api/v3", "https://git.acme.dev/api"],
  [
    "git.acme.dev:8443",
    undefined,
    "https://git.acme.dev:8443/api/v3",
    "https://git.acme.dev:8443/api",
  ],
  ["github.com", "http://127.0.0.1:1/", "http://127.0.0.1:1", "http://127.0.0.1:1"],
  [
    "git.acme.dev",
    "http://127.0.0.1:1/api/v3",
    "http://127.0.0.1:1/api/v3",
    "http://127.0.0.1:1/api",
  ],
];

test.each(bases)("the API of %s, replaced by %p, is found", (host, override, rest, graphql) => {
  expect([apiBase(host, override), graphqlBase(host, override)]).toEqual([rest, graphql]);
});

test("an Enterprise Server is asked below its own addresses", async () => {
  await using one = scene();
  const { server } = one;
  const apiUrl = `${server.url}/api/v3`;
  const github = connect({ host: "git.acme.dev", token: server.token, apiUrl });
  expect(await ask(github)).toMatchObject({ login: "octocat" });
  await github.rest("GET /user");
  expect(server.calls.map(({ url }) => new URL(url).pathname)).toEqual([
    "/api/graphql",
    "/api/v3/user",
  ]);
});

const faults: [string, Fault, GitHubFailureKind, RegExp][] = [
  ["a server error", { kind: "status", status: 500 }, "unavailable", /answered 500/],
  ["a gateway's error", { kind: "status", status: 502 }, "unavailable", /answered 502/],
  ["401", { kind: "status", status: 401 }, "unauthorized", /does not take the token/],
  ["403", { kind: "status", status: 403 }, "forbidden", /forbids this: server Error/],
  ["404", { kind: "status", status: 404 }, "not_found", /has no \/user/],
  ["410", { kind: "status", status: 410 }, "not_found", /has no \/user/],
  ["422", { kind: "status", status: 422 }, "refused", /refused: server Error/],
  ["429", { kind: "status", status: 429 }, "rate_limited", /limits requests until/],
  ["a secondary limit", { kind: "secondary" }, "rate_limited", /limits requests until/],
  ["a cut answer", { kind: "close" }, "malformed", /gave an answer that was cut/],
];

test.each(faults)("%s is told for what it is", async (_what, fault, kind, message) => {
  await using one = scene();
  one.server.fail(fault);
  const error = await failureOf(one.github.rest("GET /user"));
  expect(error.kind).toBe(kind);
  expect(error.message).toMatch(message);
  expect(error.code).toBe(
    kind === "not_found" ? "not_found" : kind === "refused" ? "conflict" : "unavailable",
  );
});

test("limits tell from when on GitHub answers again", async () => {
  await using one = scene();
  const { server, github } = one;
  const resetAt = Math.ceil(Date.now() / 1000) * 1000 + 600_000;
  server.fail({ kind: "secondary", times: 1, headers: { "retry-after": "90" } });
  const secondary = await failureOf(github.rest("GET /user"));
  expect(Math.abs((secondary.more.retryAt ?? 0) - Date.now() - 90_000)).toBeLessThan(5_000);
  server.limit("core", { remaining: 0, resetAt });
  expect((await failureOf(github.rest("GET /user"))).more.retryAt).toBe(resetAt);
  server.limit("graphql", { remaining: 0, resetAt });
  const inside = await failureOf(ask(github));
  expect([inside.kind, inside.more.retryAt]).toEqual(["rate_limited", resetAt]);
});

test("one broken part of an answer leaves the rest of it", async () => {
  await using one = scene();
  const { server, github } = one;
  const refs = [1, 2].map(() => server.pr({ repo: "acme/shop" }));
  const message = "Something went wrong while executing your query. This may be a timeout.";
  server.breakPr(refs[0] ?? "", { type: "", message });
  const place = `repository(owner: "acme", name: "shop")`;
  const title = (alias: string, number: number) =>
    `${alias}: ${place} { pullRequest(number: ${number}) { title } }`;
  const { data, errors } = await github.graphql(`{ ${title("a", 1)} ${title("b", 2)} }`);
  expect(data).toEqual({ a: { pullRequest: null }, b: { pullRequest: { title: "change 2" } } });
  expect([...errors.keys()]).toEqual(["a"]);
  expect(errors.get("a")?.kind).toBe("unavailable");
  expect(server.calls).toHaveLength(1);
});

test("a field that GitHub does not have fails", async () => {
  await using one = scene();
  const error = await failureOf(one.github.graphql("{ viewer { loginn } }"));
  expect(error.message).toContain('field "loginn"');
});

test("a call that hangs ends in time, one that is stopped at once", async () => {
  const stop = new AbortController();
  await using one = scene({ timeoutMs: 100, signal: stop.signal });
  const { server, github } = one;
  server.fail({ kind: "hang" });
  const late = await failureOf(ask(github));
  expect([late.kind, late.message]).toEqual(["unavailable", "github.com did not answer in time"]);
  const patient = connect({
    ...{ host: "github.com", token: server.token, apiUrl: server.url },
    signal: stop.signal,
  });
  const call = ask(patient).catch((error: unknown) => error);
  stop.abort();
  expect(await call).toMatchObject({ code: "interrupted" });
});

test("reading is tried twice, changing something once", async () => {
  await using one = scene();
  const { server, github } = one;
  server.fail({ kind: "status", status: 503 });
  await failureOf(github.rest("GET /user"));
  expect(server.calls).toHaveLength(2);
  server.forgetCalls();
  await failureOf(
    github.rest("PUT /repos/{owner}/{repo}/pulls/1/merge", { owner: "a", repo: "b" }),
  );
  expect(server.calls).toHaveLength(1);
  server.heal();
  server.forgetCalls();
  await failureOf(github.rest("GET /repos/acme/none"));
  expect(server.calls).toHaveLength(1);
});

test("no network is a state of its own, told without a stack of octokit's", async () => {
  const github = connect({ host: "github.com", token: "t", apiUrl: "http://127.0.0.1:1" });
  const error = await failureOf(ask(github));
  expect(error).toMatchObject({
    kind: "unavailable",
    message: "github.com cannot be reached (ECONNREFUSED)",
    hint: "nothing is lost: it is asked again when the network is back",
  });
});

test("the token is in no error, whatever is looked at of it", async () => {
  const token = "ghp_verysecret";
  await using one = scene({ token, timeoutMs: 200 });
  const { server, github } = one;
  const calls: ((to: GitHub) => Promise<unknown>)[] = [
    (to) => ask(to),
    (to) => to.rest("GET /user"),
    (to) => to.tail("GET /repos/acme/shop/actions/jobs/1/logs", {}, 10),
  ];
  const texts: string[] = [];
  for (const fault of [undefined, "status", "hang", "close", "secondary", "text"] as const) {
    server.heal();
    if (fault) server.fail({ kind: fault, status: 500 });
    for (const call of calls) {
      const error = await call(github).catch((thrown: unknown) => thrown);
      texts.push(inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error));
    }
  }
  texts.push(inspect(await github.mutate("mutation { x }", {}).catch((thrown: unknown) => thrown)));
  const nowhere = connect({ host: "github.com", token, apiUrl: "http://127.0.0.1:1" });
  texts.push(inspect(await ask(nowhere).catch((thrown: unknown) => thrown), { depth: 20 }));
  expect(texts.filter((text) => text.includes("verysecret"))).toEqual([]);
  expect(texts.join("")).toContain("does not take the token");
});

test("each call tells what it has cost", async () => {
  const spends: Spend[] = [];
  await using one = scene({ onSpend: (spend) => spends.push(spend) });
  await ask(one.github);
  await one.github.rest("GET /user");
  expect(spends).toMatchObject([
    { resource: "graphql", cost: 1, left: { remaining: 4_999, limit: 5_000 } },
    { resource: "rest", cost: 1, left: { remaining: 4_999, limit: 5_000 } },
  ]);
});

test("a log of any length is read to its end, and only the end is held", async () => {
  await using one = scene();
  const { server, github } = one;
  const ref = server.pr({ repo: "acme/shop" });
  const line = `2026-11-21T10:00:00.0000000Z ${"x".repeat(200)}\n`;
  const log = `${line.repeat(30_000)}##[error]out of memory\n`;
  const jobId = server.check(ref, { name: "test", conclusion: "FAILURE", log });
  const tail = await github.tail(
    `GET /repos/acme/shop/actions/jobs/${jobId}/logs`,
    {},
    2 * 1024 * 1024,
  );
  expect(tail).toHaveLength(2 * 1024 * 1024);
  expect(tail).toEndWith("##[error]out of memory\n");
  const { logTail } = await jobFailure(github, { owner: "acme", repo: "shop", jobId });
  expect(logTail.split("\n")).toHaveLength(60);
  expect(server.leaks).toEqual([]);
});

test("the end of a log is the failure and what led to it", () => {
  const log = ["a", "\u001b]0;title\u0007b\u001b[1m", "##[error]bad", "cleaning up", ""].join("\n");
  expect(tailOf(log)).toBe("a\nb\n##[error]bad");
  expect(tailOf("no mark\r\nat all\r\n")).toBe("no mark\nat all");
  expect(tailOf("")).toBe("");
});

const references: [string, number | undefined][] = [
  ["7", 7],
  ["#7", 7],
  ["https://github.com/Acme/Shop/pull/7", 7],
  ["https://github.com/acme/shop.git/pull/7/files#diff", 7],
  ["0", undefined],
  ["-7", undefined],
  ["seven", undefined],
  ["https://github.com/acme/shop/issues/7", undefined],
];

test.each(references)("the reference %p means %p", (text, number) => {
  const found = parsePrReference(text);
  expect(found?.number).toBe(number);
  if (text.startsWith("http") && found) {
    expect(found.repository).toEqual({ host: "github.com", owner: "acme", repo: "shop" });
  }
});
