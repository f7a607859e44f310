import { expect, setDefaultTimeout, test } from "bun:test";

import {
  allowedMergeMethods,
  createPullRequest,
  fetchBudgets,
  fetchPr,
  mergePr,
  resolveThread,
} from "../../src/github/actions.ts";
import { connect } from "../../src/github/client.ts";
import { fetchIssue, listIssues } from "../../src/github/issue.ts";
import { GitHubServer } from "../support/github-server/server.ts";
import { ask } from "./ask.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(30_000);

const repository = { host: "github.com", owner: "acme", repo: "shop" };

function scene() {
  const server = new GitHubServer();
  server.repository("acme/shop");
  const ref = server.pr({ repo: "acme/shop", head: "work" });
  const github = connect({ host: "github.com", token: server.token, apiUrl: server.url });
  const { sha } = server.pull(ref);
  const place = { repository, number: 1, headSha: sha, method: "squash" as const };
  return { server, ref, github, place, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("a pull request is merged at the head that was shown", async () => {
  await using one = scene();
  const sha = await mergePr(one.github, { ...one.place, title: "Outbox (#1)" });
  expect(one.server.pull(one.ref)).toMatchObject({ state: "MERGED", mergeSha: sha });
});

test("a head that has moved is not merged", async () => {
  await using one = scene();
  one.server.change(one.ref, { sha: "f".repeat(40) });
  await expect(mergePr(one.github, one.place)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringMatching(/^the head of pull request acme.shop#1 is not [0-9a-f]{12} any/),
    hint: "ao pr show 1",
  });
});

const refused: [string, (server: GitHubServer, ref: string) => void, RegExp][] = [
  ["a draft", (server, ref) => server.change(ref, { isDraft: true }), /not mergeable$/],
  ["a conflict", (server, ref) => server.change(ref, { mergeable: "CONFLICTING" }), /mergeable$/],
  ["a closed one", (server, ref) => server.change(ref, { state: "CLOSED" }), /not mergeable$/],
  [
    "a method that is off",
    (server) => server.changeRepository("acme/shop", { mergeMethods: ["rebase"] }),
    /cannot be merged: squash merges are not allowed on this repository$/,
  ],
];

test.each(refused)("%s is refused with GitHub's reason", async (_what, change, message) => {
  await using one = scene();
  change(one.server, one.ref);
  await expect(mergePr(one.github, one.place)).rejects.toThrow(message);
});

test("a token that may only read merges and resolves nothing", async () => {
  await using one = scene();
  const thread = one.server.thread(one.ref, { path: "a.ts" });
  one.server.changeRepository("acme/shop", { permission: "read" });
  await expect(mergePr(one.github, one.place)).rejects.toMatchObject({ kind: "forbidden" });
  await expect(resolveThread(one.github, thread)).rejects.toMatchObject({ kind: "forbidden" });
});

test("a repository that the token may not see is not found", async () => {
  await using one = scene();
  one.server.changeRepository("acme/shop", { permission: "none" });
  await expect(fetchPr(one.github, one.place)).rejects.toMatchObject({
    kind: "not_found",
    message: "pull request github.com/acme/shop#1 not found",
    hint: "a private repository looks like none to a token that may not see it",
  });
});

test("the methods that a repository allows are told, the viewer's own first", async () => {
  await using one = scene();
  one.server.repository("acme/other", { mergeMethods: ["squash", "merge"] });
  const other = { ...repository, repo: "other" };
  expect(await allowedMergeMethods(one.github, other)).toEqual(["squash", "merge"]);
});

test("a thread is resolved, once or twice; one that is none is not found", async () => {
  await using one = scene();
  const thread = one.server.thread(one.ref, { path: "a.ts" });
  await resolveThread(one.github, thread);
  await resolveThread(one.github, thread);
  expect(one.server.findThread(thread).thread.isResolved).toBe(true);
  await expect(resolveThread(one.github, "PRRT_none")).rejects.toMatchObject({ kind: "not_found" });
});

test("a pull request is opened, and a second one for the same branch refused", async () => {
  await using one = scene();
  const request = { repository, title: "Outbox", body: "why", base: "main", isDraft: true };
  const { number, url } = await createPullRequest(one.github, { ...request, head: "other" });
  expect([number, url]).toEqual([2, "https://github.example/acme/shop/pull/2"]);
  expect(one.server.pull("acme/shop#2")).toMatchObject({ isDraft: true, head: "other" });
  await expect(createPullRequest(one.github, { ...request, head: "work" })).rejects.toMatchObject({
    code: "conflict",
    message: "github.com refused: validation Failed: A pull request already exists for acme:work",
  });
});

test("an issue comes with what was said in it, and who said it", async () => {
  await using one = scene();
  const ref = one.server.issue({ repo: "acme/shop", title: "Slow", body: "very", labels: ["bug"] });
  one.server.user("helper", "Bot");
  one.server.issueComment(ref, { author: "helper", association: "NONE", body: "me too" });
  expect(await fetchIssue(one.github, repository, 2)).toMatchObject({
    title: "Slow",
    body: "very",
    labels: ["bug"],
    commentCount: 1,
    author: { login: "octocat", association: "OWNER", isBot: false },
    comments: [{ login: "helper", association: "NONE", isBot: true, body: "me too" }],
  });
  await expect(fetchIssue(one.github, repository, 99)).rejects.toMatchObject({ kind: "not_found" });
});

test("issues are listed by label, assignee and state, last changed first", async () => {
  await using one = scene();
  const { server, github } = one;
  server.issue({ repo: "acme/shop", title: "old", labels: ["bug"], updatedAt: 1 });
  server.issue({ repo: "acme/shop", title: "new", assignees: ["ana"], updatedAt: 2 });
  server.issue({ repo: "acme/shop", title: "done", state: "CLOSED", updatedAt: 3 });
  const titles = async (filter: Parameters<typeof listIssues>[2]) =>
    (await listIssues(github, repository, filter)).map(({ title }) => title);
  expect(await titles({})).toEqual(["new", "old"]);
  expect(await titles({ labels: ["bug"] })).toEqual(["old"]);
  expect(await titles({ assignee: "ana" })).toEqual(["new"]);
  expect(await titles({ withClosed: true, limit: 1 })).toEqual(["done"]);
});

test("whose token it is, and what is left of it, is told", async () => {
  await using one = scene();
  one.server.as("ana");
  expect(await ask(one.github)).toEqual({ login: "ana" });
  one.server.limit("core", { remaining: 42 });
  const { graphql, rest } = await fetchBudgets(one.github);
  expect([graphql.remaining, rest.remaining]).toEqual([4_999, 42]);
});
