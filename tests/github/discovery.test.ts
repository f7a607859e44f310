import { expect, setDefaultTimeout, test } from "bun:test";

import { shaOf } from "../support/github-server/scene.ts";
import { gitIn, TestRepository } from "../support/repository.ts";
import { Desk } from "./desk.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(30_000);

test("a pull request of a session's branch is found with all its facts at once", async () => {
  await using desk = new Desk();
  desk.project();
  const ref = desk.pr({ title: "Outbox" });
  desk.server.check(ref, { name: "build", conclusion: "SUCCESS" });
  desk.server.thread(ref, { path: "a.ts" }, { body: "why?" });
  const types = await desk.eventsOf(() => desk.pass());
  expect(types).toEqual([
    "pr_created",
    "pr_check_recorded",
    "pr_review_submitted",
    "pr_review_thread_added",
    "pr_comment_added",
  ]);
  const row = desk.row(ref);
  expect(row).toMatchObject({ sessionId: "shop-1", title: "Outbox", ci: "passing" });
  expect(row).toMatchObject({ unresolvedThreads: 1, mergeability: "mergeable", state: "open" });
  expect(row?.observedAt).toBe(desk.now);
});

const branches: [string, string, boolean][] = [
  ["its branch", "ao/shop-1/root", true],
  ["below its branch", "ao/shop-1/root/part", true],
  ["its namespace", "ao/shop-1/second", true],
  ["a longer name", "ao/shop-1/rooted", true],
  ["another session", "ao/shop-12/root", false],
  ["another branch", "feature", false],
];

test.each(branches)(
  "a head branch that is %s is attributed rightly",
  async (_what, head, isOwn) => {
    await using desk = new Desk();
    desk.project();
    const ref = desk.pr({ head });
    await desk.pass();
    expect(desk.row(ref)?.sessionId).toBe(isOwn ? "shop-1" : undefined);
  },
);

test("a session takes what lies below its branch, the longest branch first", async () => {
  await using desk = new Desk();
  desk.project();
  desk.session("shop", { branch: "feature" });
  desk.session("shop", { branch: "feature/cart" });
  const sha = desk.commit();
  const exact = desk.server.pr({ repo: "acme/shop", head: "feature/cart", sha });
  const below = desk.server.pr({ repo: "acme/shop", head: "feature/cart/part", sha });
  const other = desk.server.pr({ repo: "acme/shop", head: "feature/list", sha });
  await desk.pass();
  const owners = [exact, below, other].map((ref) => desk.row(ref)?.sessionId);
  expect(owners).toEqual(["shop-2", "shop-2", "shop-1"]);
});

test("a branch of the right name in a stranger's fork is nobody's", async () => {
  await using desk = new Desk();
  desk.project();
  const stranger = desk.pr({ headRepo: "mallory/shop" });
  const deleted = desk.pr({ headRepo: null });
  await desk.pass();
  expect([desk.row(stranger), desk.row(deleted)]).toEqual([undefined, undefined]);
});

test("a head commit that the repository does not know is nobody's until it does", async () => {
  await using desk = new Desk();
  desk.project();
  const ref = desk.pr({ sha: shaOf("pushed by somebody else") });
  await desk.pass();
  expect(desk.row(ref)).toBeUndefined();
  desk.server.change(ref, { sha: desk.commit("the agent's") });
  await desk.pass(60_000);
  expect(desk.row(ref)?.sessionId).toBe("shop-1");
});

test("a fork's pull request to where it comes from is found there", async () => {
  await using desk = new Desk();
  desk.server.repository("upstream/shop");
  desk.project("shop", "acme/shop");
  desk.server.repository("acme/shop", { parent: "upstream/shop" });
  const ref = desk.pr({ repo: "upstream/shop", headRepo: "acme/shop" });
  const stranger = desk.pr({ repo: "upstream/shop", headRepo: "other/shop" });
  await desk.pass();
  expect(desk.row(ref)?.sessionId).toBe("shop-1");
  expect(desk.row(stranger)).toBeUndefined();
});

test("a pull request that no listing reaches is found by its branch", async () => {
  await using desk = new Desk();
  desk.project();
  const ref = desk.pr();
  desk.move(60_000);
  for (let index = 0; index < 120; index++) desk.server.pr({ repo: "acme/shop" });
  await desk.pass();
  expect(desk.row(ref)?.sessionId).toBe("shop-1");
  expect(desk.server.spent().points).toBe(3);
});

test("two clones share a listing, and the one that knows the commit owns", async () => {
  await using desk = new Desk();
  using second = TestRepository.withCommit();
  desk.project("one", "acme/shop");
  desk.project("two", "acme/shop", second.root);
  const branch = "same-name";
  desk.session("one", { branch });
  desk.session("two", { branch });
  const sha = second.commit("only here");
  const ref = desk.server.pr({ repo: "acme/shop", head: branch, sha });
  await desk.pass();
  expect(desk.row(ref)).toMatchObject({ sessionId: "two-1", projectId: "two" });
  const listings = desk.server.calls.filter(({ query }) => query.includes("repo0:"));
  expect(listings).toHaveLength(1);
  expect(listings[0]?.query).not.toContain("repo1:");
  expect(gitIn(second.root, "cat-file", "-t", sha)).toBe("commit");
});

test("a renamed repository keeps its pull requests, and no second row appears", async () => {
  await using desk = new Desk();
  desk.project();
  const ref = desk.pr();
  await desk.pass();
  desk.server.rename("acme/shop", "acme/store");
  desk.server.change("acme/store#1", { title: "after the move", headRepo: "acme/store" });
  await desk.pass(60_000);
  expect(desk.rows().map(({ key }) => key)).toEqual(["github.com/acme/shop#1"]);
  expect(desk.row(ref)).toMatchObject({
    title: "after the move",
    url: "https://github.example/acme/store/pull/1",
  });
  // The person points the remote to the new name: the same pull request is not taken for another.
  desk.sample.raw.run("update project set repo = 'store'");
  await desk.pass(60_000);
  expect(desk.rows()).toHaveLength(1);
});

test("a pull request that was reopened is followed again", async () => {
  await using desk = new Desk();
  desk.project();
  const ref = desk.pr();
  await desk.pass();
  desk.server.change(ref, { state: "CLOSED" });
  await desk.pass(60_000);
  expect(desk.row(ref)?.state).toBe("closed");
  desk.server.change(ref, { state: "OPEN" });
  await desk.pass(60_000);
  expect(desk.row(ref)).toMatchObject({ state: "open", sessionId: "shop-1" });
});

test("a project without a live session asks nothing", async () => {
  await using desk = new Desk();
  await desk.pass();
  desk.project();
  await desk.pass();
  expect(desk.server.calls).toEqual([]);
});
