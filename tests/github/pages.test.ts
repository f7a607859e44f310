import { expect, setDefaultTimeout, test } from "bun:test";

import { fetchPr } from "../../src/github/actions.ts";
import { connect } from "../../src/github/client.ts";
import { readDiscussion } from "../../src/store/observation.ts";
import { GitHubServer } from "../support/github-server/server.ts";
import { Desk } from "./desk.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(30_000);

const minute = 60_000;
const repository = { host: "github.com", owner: "acme", repo: "shop" };

function scene() {
  const server = new GitHubServer();
  const ref = server.pr({ repo: "acme/shop" });
  const github = connect({ host: "github.com", token: server.token, apiUrl: server.url });
  const look = () => fetchPr(github, { repository, number: 1 });
  return { server, ref, look, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("more than a hundred checks are read page by page", async () => {
  await using one = scene();
  for (let index = 0; index < 250; index++) {
    one.server.check(one.ref, { name: `check ${index}`, conclusion: "SUCCESS" });
  }
  const seen = await one.look();
  expect(seen.checks).toHaveLength(250);
  expect(seen.hasAllChecks).toBe(true);
});

test("checks beyond all pages leave the list open, and nothing is pruned", async () => {
  await using one = scene();
  for (let index = 0; index < 501; index++) {
    one.server.check(one.ref, { name: `check ${index}`, conclusion: "SUCCESS" });
  }
  expect(await one.look()).toMatchObject({ hasAllChecks: false, ci: "passing" });
});

test("a run that was started again replaces the older one with its failure", async () => {
  await using one = scene();
  const at = Date.now();
  one.server.check(one.ref, { name: "test", conclusion: "SUCCESS", startedAt: at });
  one.server.check(one.ref, { name: "test", conclusion: "FAILURE", startedAt: at - 1_000 });
  const seen = await one.look();
  expect(seen.checks.map(({ name, status }) => [name, status])).toEqual([["test", "passed"]]);
  // GitHub's own summary still counts the older run.
  expect(seen.ci).toBe("passing");
});

test("a queued re-run counts before it has started", async () => {
  await using one = scene();
  one.server.check(one.ref, { name: "test", conclusion: "FAILURE" });
  one.server.check(one.ref, { name: "test", status: "QUEUED", startedAt: null });
  expect(await one.look()).toMatchObject({ ci: "pending", checks: [{ status: "queued" }] });
});

test("jobs of one name in two workflows are two checks", async () => {
  await using one = scene();
  const name = "test";
  one.server.check(one.ref, { name, workflow: "CI", conclusion: "FAILURE" });
  one.server.check(one.ref, { name, workflow: "Nightly", conclusion: "SUCCESS" });
  one.server.check(one.ref, { name, workflow: "CI", event: "pull_request", conclusion: "SUCCESS" });
  one.server.status(one.ref, name, "SUCCESS");
  const names = (await one.look()).checks.map((check) => check.name);
  expect(names).toEqual(["CI / test (push)", "Nightly / test", "CI / test (pull_request)", "test"]);
});

const conclusions: [string | null, string, string][] = [
  ["SUCCESS", "passed", "passing"],
  ["NEUTRAL", "passed", "passing"],
  ["SKIPPED", "skipped", "passing"],
  ["FAILURE", "failed", "failing"],
  ["TIMED_OUT", "failed", "failing"],
  ["ACTION_REQUIRED", "failed", "failing"],
  ["STARTUP_FAILURE", "failed", "failing"],
  ["CANCELLED", "cancelled", "failing"],
  [null, "in_progress", "pending"],
];

test.each(conclusions)("a run that ended with %s is %s", async (conclusion, status, ci) => {
  await using one = scene();
  one.server.check(one.ref, { name: "test", ...(conclusion ? { conclusion } : {}) });
  expect(await one.look()).toMatchObject({ ci, checks: [{ status }] });
});

test("checks that the token may not see are unknown, not none", async () => {
  await using one = scene();
  one.server.check(one.ref, { name: "test", conclusion: "FAILURE" });
  one.server.change(one.ref, { hidesChecks: true });
  expect(await one.look()).toMatchObject({ ci: "unknown", hasAllChecks: false, checks: [] });
});

test("a hundred threads and more are read page by page", async () => {
  await using one = scene();
  for (let index = 0; index < 130; index++) one.server.thread(one.ref, { path: `${index}.ts` });
  const { discussion } = await one.look();
  expect(discussion?.isComplete).toBe(true);
  expect(discussion?.threads).toHaveLength(130);
});

test("threads beyond all pages are kept, and the ones that were seen are not pruned", async () => {
  await using desk = new Desk();
  desk.project();
  const ref = desk.pr();
  const first = desk.server.thread(ref, { path: "first.ts" });
  await desk.pass();
  for (let index = 0; index < 260; index++) desk.server.thread(ref, { path: `${index}.ts` });
  await desk.pass(minute);
  const { threads } = readDiscussion(desk.store, `github.com/${ref}`);
  expect(threads).toHaveLength(251);
  expect(threads.map(({ id }) => id)).toContain(first);
  expect(desk.row(ref)?.unresolvedThreads).toBe(251);
});

test("the newest comments of a long thread are read, and the older ones kept", async () => {
  await using desk = new Desk();
  desk.project();
  const ref = desk.pr();
  const thread = desk.server.thread(ref, { path: "a.ts" }, { body: "first" });
  await desk.pass();
  for (let index = 0; index < 30; index++) desk.server.reply(thread, { body: `reply ${index}` });
  await desk.pass(minute);
  const bodies = readDiscussion(desk.store, `github.com/${ref}`).comments.map(({ body }) => body);
  expect(bodies).toHaveLength(21);
  expect(bodies).toContain("first");
  expect(bodies).toContain("reply 29");
});

test("a comment that was deleted goes, an older one that was not listed stays", async () => {
  await using desk = new Desk();
  desk.project();
  const ref = desk.pr();
  desk.server.comment(ref, { body: "old" });
  await desk.pass();
  desk.move(minute);
  for (let index = 0; index < 60; index++) desk.server.comment(ref, { body: `new ${index}` });
  await desk.pass();
  desk.move(minute);
  desk.server.change(ref, {
    title: "changed",
    ...{ comments: desk.server.pull(ref).comments.filter(({ body }) => body !== "new 59") },
  });
  await desk.pass();
  const bodies = readDiscussion(desk.store, `github.com/${ref}`).comments.map(({ body }) => body);
  expect(bodies).toContain("old");
  expect(bodies).toContain("new 58");
  expect(bodies).not.toContain("new 59");
});
