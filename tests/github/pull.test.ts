import { expect, setDefaultTimeout, test } from "bun:test";

import { findPull } from "../../src/engine/github/pull-reference.ts";
import { pullChecks, pullDetails, pulls } from "../../src/engine/github/pull.ts";
import { resolveThreads } from "../../src/engine/github/resolve.ts";
import { sessionPulls } from "../../src/engine/github/session-pulls.ts";
import { deleteSession } from "../../src/store/session.ts";
import { Desk } from "./desk.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(60_000);

/** A desk of two projects, each with its pull request #1. */
async function desks() {
  const desk = new Desk({}, true);
  desk.project();
  const ref = desk.pr({ title: "Outbox" });
  await desk.observer.runOnce(Date.now());
  const row = () => findPull(desk.engine, { text: ref.split("#")[1] ?? "", projectId: "shop" });
  return { desk, ref, row, [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose]() };
}

test("a pull request is found by number, page and key, whatever the spelling", async () => {
  await using one = await desks();
  const { engine } = one.desk;
  const key = `github.com/${one.ref}`;
  const spellings = [
    "1",
    "#1",
    "GitHub.com/Acme/Shop#1",
    "https://github.com/Acme/Shop/pull/1",
    "https://github.example/acme/shop/pull/1/files#diff-1",
  ];
  for (const text of spellings) expect((await findPull(engine, { text })).key).toBe(key);
  expect((await findPull(engine, { text: "1", cwd: one.desk.repository.root })).key).toBe(key);
});

test("a number that two projects have is not guessed", async () => {
  await using one = await desks();
  const { desk } = one;
  desk.project("store", "acme/store", `${desk.repository.folder}/store`);
  const id = desk.session("store");
  const sha = desk.commit("other");
  desk.server.pr({ repo: "acme/store", head: `ao/${id}/root`, sha });
  // A second clone knows the commits of the first.
  const { repository } = desk;
  repository.git("clone", "--quiet", repository.root, `${repository.folder}/store`);
  await desk.observer.runOnce(Date.now() + 120_000);
  expect(desk.rows()).toHaveLength(2);
  const find = (given: { projectId?: string; cwd?: string }) =>
    findPull(desk.engine, { text: "1", ...given });
  await expect(find({ cwd: "/" })).rejects.toMatchObject({
    code: "usage",
    message: "#1 can be github.com/acme/shop#1 or github.com/acme/store#1",
    hint: "--project shop",
  });
  expect((await find({ projectId: "store" })).projectId).toBe("store");
  expect((await find({ cwd: repository.root })).projectId).toBe("shop");
  const page = { text: "https://github.com/acme/shop/pull/1", projectId: "store" };
  await expect(findPull(desk.engine, page)).rejects.toMatchObject({
    code: "usage",
    message: "pull request github.com/acme/shop#1 is of project shop, not store",
  });
});

test("a pull request that was just opened is looked up; a stranger's is not kept", async () => {
  await using one = await desks();
  const { desk } = one;
  const mine = desk.pr();
  desk.server.pr({ repo: "acme/shop", head: "other", author: "eve" });
  const find = (text: string) => findPull(desk.engine, { text, projectId: "shop" });
  expect(await find("2")).toMatchObject({ key: `github.com/${mine}`, sessionId: "shop-2" });
  await expect(find("3")).rejects.toMatchObject({
    code: "not_found",
    message: "pull request github.com/acme/shop#3 is no session's",
    hint: "ao session claim-pr SESSION 3",
  });
  await expect(find("99")).rejects.toMatchObject({ code: "not_found" });
  await expect(find("https://evil.example/acme/shop/pull/9")).rejects.toThrow(/no session's$/);
  await expect(find("shop-1")).rejects.toMatchObject({ code: "usage" });
  await expect(find("0")).rejects.toThrow('"0" names no pull request');
  expect(desk.rows()).toHaveLength(2);
});

test("pulls lists open ones, and those that have ended when asked for", async () => {
  await using one = await desks();
  const { desk, ref } = one;
  const next = desk.pr();
  desk.server.change(ref, { state: "CLOSED" });
  await desk.observer.runOnce(Date.now() + 120_000);
  const keys = (withClosed: boolean) => pulls(desk.engine, { withClosed }).map(({ key }) => key);
  expect(keys(false)).toEqual([`github.com/${next}`]);
  expect(keys(true).sort()).toEqual([ref, next].map((name) => `github.com/${name}`));
  expect(pulls(desk.engine, { projectId: "shop" })[0]).toMatchObject({
    ...{ number: 2, sessionId: "shop-2", state: "open", status: "mergeable", isReady: true },
    ...{ ci: "none", review: "none", mergeability: "mergeable", unresolvedThreads: 0 },
  });
  expect(() => pulls(desk.engine, { projectId: "nope" })).toThrow("project nope not found");
});

test("details tell reasons, checks, reviews, open threads and the stack", async () => {
  await using one = await desks();
  const { desk, ref } = one;
  const { server } = desk;
  const parent = server.pull(ref).head;
  const child = server.pr({
    ...{ repo: "acme/shop", head: `${parent}/next`, base: parent, sha: desk.commit("next") },
  });
  server.check(child, {
    ...{ name: "test", conclusion: "FAILURE", log: "expected 1\n" },
    steps: [{ name: "Run tests", conclusion: "FAILURE" }],
  });
  server.check(child, { name: "lint", conclusion: "SUCCESS" });
  server.review(child, "CHANGES_REQUESTED", { author: "ben", association: "MEMBER", body: "no" });
  const thread = server.thread(child, { path: "a.ts", line: 3 }, { author: "ben", body: "why?" });
  server.resolve(server.thread(child, { path: "b.ts" }, { author: "ben" }));
  await desk.observer.runOnce(Date.now() + 120_000);
  const row = await findPull(desk.engine, { text: "2" });
  const found = pullDetails(desk.engine, row);
  expect(found).toMatchObject({
    status: "ci_failed",
    isReady: false,
    obstacles: [
      { reason: "checks_failing", text: "checks fail: test" },
      { reason: "changes_requested" },
      { reason: "unresolved_threads", text: "1 review thread is open" },
    ],
    checks: [{ name: "test", failingStep: "Run tests" }],
    threads: [
      {
        ...{ id: thread, path: "a.ts", line: 3 },
        comments: [{ login: "ben", body: "why?", isBot: false }],
      },
    ],
    stackedOn: { number: 1, title: "Outbox" },
  });
  expect(found.reviews.map(({ state }) => state)).toContain("changes_requested");
  const checks = pullChecks(desk.engine, row, { withLog: true });
  expect(checks.map(({ name, logTail }) => [name, logTail])).toEqual([
    ["lint", ""],
    ["test", "expected 1"],
  ]);
  expect(pullChecks(desk.engine, row)[0]).not.toHaveProperty("logTail");
});

test("a session's pull requests come open ones first, without logs and inline texts", async () => {
  await using one = await desks();
  const { desk, ref } = one;
  const { server } = desk;
  const { head } = server.pull(ref);
  server.pr({ repo: "acme/shop", head: `${head}/next`, sha: desk.commit("next"), title: "Next" });
  server.user("helper", "Bot");
  server.check("acme/shop#2", { name: "test", conclusion: "FAILURE", log: "secret log\n" });
  server.thread("acme/shop#2", { path: "a.ts", line: 3 }, { author: "ben", body: "inline text" });
  server.change(ref, { state: "CLOSED" });
  await desk.observer.runOnce(Date.now() + 120_000);
  const found = sessionPulls(desk.engine, "shop-1");
  expect(found).toMatchObject({
    sessionId: "shop-1",
    prs: [
      {
        ...{ number: 2, title: "Next", state: "open", repo: "acme/shop", provider: "github" },
        ...{ sourceBranch: `${head}/next`, targetBranch: "main" },
        ci: { state: "failing", failingChecks: [{ name: "test", status: "failed" }] },
        review: {
          hasUnresolvedHumanComments: true,
          unresolvedBy: [
            { reviewerId: "ben", count: 1, isBot: false, links: [{ file: "a.ts", line: 3 }] },
          ],
        },
      },
      { number: 1, state: "closed", ci: { failingChecks: [] } },
    ],
  });
  expect(JSON.stringify(found)).not.toMatch(/secret log|inline text/);
  expect(() => sessionPulls(desk.engine, "shop-9")).toThrow("session shop-9 not found");
});

test("resolve resolves the named threads on GitHub, and the store has the new truth", async () => {
  await using one = await desks();
  const { desk, ref, row } = one;
  const threads = ["a.ts", "b.ts"].map((path) =>
    desk.server.thread(ref, { path }, { author: "ben" }),
  );
  const [first = "", second = ""] = threads;
  const events = await desk.eventsOf(async () => {
    const found = await resolveThreads(desk.engine, await row(), [first]);
    expect(found).toMatchObject({ resolved: [first], unchanged: [], open: [second] });
    expect(found.pull.unresolvedThreads).toBe(1);
  });
  expect(events.slice(-2)).toEqual(["pr_updated", "pr_review_thread_resolved"]);
  expect(threads.map((id) => desk.server.findThread(id).thread.isResolved)).toEqual([true, false]);
  const again = await resolveThreads(desk.engine, await row(), [first]);
  expect(again).toMatchObject({ resolved: [], unchanged: [first], open: [second] });
  expect(await resolveThreads(desk.engine, await row(), "all")).toMatchObject({
    ...{ resolved: [second], open: [], pull: { unresolvedThreads: 0, status: "mergeable" } },
  });
});

test("resolve refuses an id of another pull request before it resolves anything", async () => {
  await using one = await desks();
  const { desk, ref, row } = one;
  const mine = desk.server.thread(ref, { path: "a.ts" }, { author: "ben" });
  const other = desk.server.thread(desk.pr(), { path: "b.ts" }, { author: "ben" });
  await expect(resolveThreads(desk.engine, await row(), [mine, other])).rejects.toMatchObject({
    code: "not_found",
    message: `thread ${other} of pull request #1 not found`,
    hint: "ao pr show 1",
  });
  desk.server.changeRepository("acme/shop", { permission: "read" });
  await expect(resolveThreads(desk.engine, await row(), "all")).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("forbids this"),
  });
  expect([mine, other].map((id) => desk.server.findThread(id).thread.isResolved)).toEqual([
    ...[false, false],
  ]);
});

test("a pull request whose session was removed can still be named", async () => {
  await using one = await desks();
  one.desk.store.write((tx) => deleteSession(tx, "shop-1"));
  expect(await one.row()).toMatchObject({ sessionId: null, projectId: "shop" });
});
