import { expect, setDefaultTimeout, test } from "bun:test";

import type { Desk } from "./desk.ts";
import { puts, watching } from "./merge-desk.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(60_000);

test("merge at the shown head merges by the repository's way, and the store knows it", async () => {
  await using one = await watching();
  one.desk.server.changeRepository("acme/shop", { mergeMethods: ["squash", "merge"] });
  let merged: Awaited<ReturnType<typeof one.merge>> | undefined;
  const events = await one.desk.eventsOf(async () => (merged = await one.merge()));
  const pull = one.desk.server.pull(one.ref);
  expect(pull.state).toBe("MERGED");
  expect(merged).toMatchObject({ method: "squash", mergeSha: pull.mergeSha });
  expect(merged?.pull).toMatchObject({ state: "merged", status: "merged", isReady: false });
  expect(one.row()).toMatchObject({ state: "merged", mergeSha: pull.mergeSha });
  expect(events).toEqual(["pr_updated"]);
  expect(one.notes).toEqual([`merging #1 at ${pull.sha.slice(0, 12)} by squash: change 1`]);
});

test("merge of a head that has moved merges nothing and stores the new head", async () => {
  await using one = await watching();
  const shown = one.row();
  const sha = one.desk.commit("more");
  one.desk.server.change(one.ref, { sha });
  await expect(one.merge()).rejects.toMatchObject({
    code: "conflict",
    message:
      `the head of pull request #1 is ${sha.slice(0, 12)}, not ${shown.headSha.slice(0, 12)}, ` +
      "which was shown",
    hint: "ao pr show 1",
  });
  expect([puts(one.desk), one.desk.server.pull(one.ref).state]).toEqual([0, "OPEN"]);
  expect(one.row().headSha).toBe(sha);
  await expect(one.merge({ headSha: shown.headSha })).rejects.toThrow(/which was shown$/);
  await expect(one.merge({ headSha: "" })).rejects.toMatchObject({ code: "usage" });
  expect((await one.merge({ headSha: sha.slice(0, 8) })).pull.state).toBe("merged");
});

test("merge of a head that moves at the last moment is refused, and the move stored", async () => {
  await using one = await watching();
  one.desk.server.moveHeadBeforeMerge(one.ref, "f".repeat(40));
  await expect(one.merge()).rejects.toThrow(/^the head of pull request acme.shop#1 is not .* any/);
  expect(one.row()).toMatchObject({ state: "open", headSha: "f".repeat(40) });
});

type Change = (desk: Desk, ref: string) => void;

const refusals: [what: string, change: Change, why: string][] = [
  ["a draft", ({ server }, ref) => server.change(ref, { isDraft: true }), "it is a draft"],
  [
    "conflicts",
    ({ server }, ref) => server.change(ref, { mergeable: "CONFLICTING" }),
    "it conflicts with main",
  ],
  [
    "failing checks",
    ({ server }, ref) => {
      server.check(ref, { name: "test", conclusion: "FAILURE", log: "bad\n" });
      server.check(ref, { name: "lint", conclusion: "SUCCESS" });
    },
    "checks fail: test",
  ],
  [
    "checks that run",
    ({ server }, ref) => void server.check(ref, { name: "test" }),
    "checks have not ended: test",
  ],
  [
    "a review that is missing",
    ({ server }) => server.changeRepository("acme/shop", { requiresReview: true }),
    "a review is required",
  ],
  [
    "changes that are requested",
    ({ server }, ref) => void server.review(ref, "CHANGES_REQUESTED", { author: "ben" }),
    "changes are requested",
  ],
  [
    "a thread that is open",
    ({ server }, ref) => void server.thread(ref, { path: "a.ts" }, { author: "ben" }),
    "1 review thread is open",
  ],
  ["an end", ({ server }, ref) => server.change(ref, { state: "CLOSED" }), "it is closed"],
  ["a merge", ({ server }, ref) => server.change(ref, { state: "MERGED" }), "it is merged already"],
  [
    "rules of the branch",
    ({ server }, ref) => server.change(ref, { mergeState: "BLOCKED" }),
    "a rule of main blocks it",
  ],
];

test.each(refusals)(
  "merge with %s in the way is refused with the reason",
  async (_, change, why) => {
    await using one = await watching();
    change(one.desk, one.ref);
    await expect(one.merge()).rejects.toMatchObject({
      code: "conflict",
      message: `pull request #1 cannot be merged: ${why}`,
    });
    expect(puts(one.desk)).toBe(0);
  },
);

test("merge by a way that the repository does not allow names one that it does", async () => {
  await using one = await watching();
  one.desk.server.changeRepository("acme/shop", { mergeMethods: ["rebase"] });
  await expect(one.merge({ method: "squash" })).rejects.toMatchObject({
    code: "conflict",
    message: "acme/shop does not allow method squash",
    hint: "--method rebase",
  });
  one.desk.server.check(one.ref, { name: "test" });
  await expect(one.wait(() => {}, { method: "squash" })).rejects.toThrow(/allow method squash$/);
});

test("merge by force leaves checks and threads to GitHub, and drafts to nobody", async () => {
  await using one = await watching();
  const { server } = one.desk;
  server.check(one.ref, { name: "flaky", conclusion: "FAILURE", log: "bad\n" });
  server.change(one.ref, { isDraft: true });
  await expect(one.merge({ isForced: true })).rejects.toThrow(/it is a draft$/);
  server.change(one.ref, { isDraft: false });
  expect((await one.merge({ isForced: true })).pull.state).toBe("merged");
});

test("merge while GitHub fails tells why, and what to do", async () => {
  await using one = await watching();
  const { server } = one.desk;
  server.fail({ kind: "status", status: 500, path: "/graphql", times: 1 });
  await expect(one.merge()).rejects.toMatchObject({ code: "unavailable" });
  server.heal();
  const resetAt = Math.ceil(Date.now() / 1000) * 1000 + 60_000;
  server.limit("core", { remaining: 0, resetAt });
  await expect(one.merge()).rejects.toMatchObject({
    code: "unavailable",
    message: `github.com limits requests until ${new Date(resetAt).toISOString()}`,
    hint: "ao quota",
  });
  server.as("octokat", "ghp_other");
  await expect(one.merge()).rejects.toMatchObject({
    code: "unavailable",
    message: "github.com does not take the token",
    hint: expect.stringMatching(/AO_GITHUB_TOKEN.*GITHUB_TOKEN.*GH_TOKEN.*`gh auth login/),
  });
  expect(one.row().state).toBe("open");
});

test("merge whose answer is lost is looked up, and told as what it is", async () => {
  await using one = await watching();
  one.desk.server.fail({ kind: "status", status: 502, path: "/merge", times: 1, isLate: true });
  const { mergeSha } = one.desk.server.pull(one.ref);
  expect(mergeSha).toBeNull();
  expect(await one.merge()).toMatchObject({
    pull: { state: "merged" },
    mergeSha: one.row().mergeSha,
  });
  expect(puts(one.desk)).toBe(1);
});
