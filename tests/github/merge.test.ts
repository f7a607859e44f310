import { expect, setDefaultTimeout, test } from "bun:test";

import { createEngine } from "../../src/engine/engine.ts";
import { mergeWhenReady } from "../../src/engine/github/merge-wait.ts";
import { mergePull, type MergeRequest } from "../../src/engine/github/merge.ts";
import { setProjectArchived } from "../../src/store/project.ts";
import { waitFor } from "../support/wait.ts";
import { Desk } from "./desk.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(60_000);

/** A desk that has seen one pull request, and what is told while it is merged. */
async function watching(given: Parameters<Desk["pr"]>[0] = {}) {
  const desk = new Desk({}, true);
  desk.project();
  const ref = desk.pr(given);
  await desk.observer.runOnce(Date.now());
  const notes: string[] = [];
  const interrupt = new AbortController();
  const progress = { ...desk.engine.progress, note: (text: string) => void notes.push(text) };
  const { store, self, env } = desk.engine;
  const engine = createEngine({ store, self, env, progress, interrupt: interrupt.signal });
  const row = () => {
    const found = desk.row(ref);
    if (!found) throw new Error(`${ref} is not known`);
    return found;
  };
  /** Another process leads and looks anew, as if its time had come. */
  const look = async () => {
    desk.restart();
    await desk.observer.runOnce(Date.now() + 120_000);
  };
  const merge = (request: Partial<MergeRequest> = {}) =>
    mergePull(engine, { pull: row(), ...request });
  const wait = (tell: (waitsFor: string[]) => void = () => {}, given: Partial<MergeRequest> = {}) =>
    mergeWhenReady(engine, { pull: row(), ...given }, tell);
  const base = { desk, ref, engine, notes, interrupt, row, look, merge, wait };
  return { ...base, [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose]() };
}

const puts = (desk: Desk) => desk.server.calls.filter(({ method }) => method === "PUT").length;

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

test("merge when ready waits for the store to change, tells for what, and merges", async () => {
  await using one = await watching();
  const { server } = one.desk;
  const id = server.check(one.ref, { name: "test" });
  const thread = server.thread(one.ref, { path: "a.ts" }, { author: "ben" });
  const told: string[][] = [];
  const merging = one.wait((waitsFor) => told.push(waitsFor));
  await waitFor(() => told.length === 1);
  server.resolve(thread);
  await one.look();
  await waitFor(() => told.length === 2);
  server.forgetCalls();
  server.changeCheck(one.ref, id, { conclusion: "SUCCESS" });
  await one.look();
  expect(await merging).toMatchObject({ method: "merge", pull: { state: "merged" } });
  expect(told).toEqual([
    ["checks have not ended: test", "1 review thread is open"],
    ["checks have not ended: test"],
  ]);
  // The leader's look; then before the merge, the repository's ways, and after it.
  expect(server.spent().queries).toBeLessThan(7);
});

test("merge when ready waits where checks may still come", async () => {
  await using one = await watching();
  const told: string[][] = [];
  const merging = one.wait((waitsFor) => told.push(waitsFor));
  await waitFor(() => told.length > 0);
  expect(told).toEqual([["checks may still come for this head"]]);
  one.desk.server.check(one.ref, { name: "test", conclusion: "SUCCESS" });
  await one.look();
  expect((await merging).pull.state).toBe("merged");
});

test("merge when ready ends when nothing can come of it any more, and on ctrl-C", async () => {
  await using one = await watching();
  const { server } = one.desk;
  const shown = one.row();
  server.check(one.ref, { name: "test" });
  const told: string[][] = [];
  const ended = async (pull = one.row()) => {
    const start = told.length;
    const merging = one.wait((waitsFor) => told.push(waitsFor), { pull });
    // It is waited for below, after what ends it.
    merging.catch(() => {});
    await waitFor(() => told.length > start);
    return { merging };
  };
  const first = await ended();
  server.change(one.ref, { sha: one.desk.commit("more") });
  server.check(one.ref, { name: "test" });
  await one.look();
  await expect(first.merging).rejects.toMatchObject({ code: "conflict", hint: "ao pr show 1" });
  await expect(one.wait(() => {}, { pull: shown })).rejects.toThrow(/which was shown$/);
  const second = await ended();
  server.change(one.ref, { state: "CLOSED" });
  await one.look();
  await expect(second.merging).rejects.toThrow("pull request #1 was closed");
  server.change(one.ref, { state: "OPEN" });
  const archive = (isArchived: boolean) =>
    one.desk.store.write((tx) => setProjectArchived(tx, "shop", isArchived));
  const third = await ended();
  archive(true);
  await expect(third.merging).rejects.toThrow("project shop is archived");
  archive(false);
  const last = await ended();
  one.interrupt.abort();
  await expect(last.merging).rejects.toMatchObject({ code: "interrupted" });
  expect(puts(one.desk)).toBe(0);
});

test("merge when ready tries again when the base moved in that moment", async () => {
  await using one = await watching();
  const { server } = one.desk;
  server.check(one.ref, { name: "test", conclusion: "SUCCESS" });
  const refusal = { message: "Base branch was modified. Review and try the merge again." };
  server.fail({
    ...{ kind: "text", path: "/merge", status: 405, times: 1 },
    body: JSON.stringify(refusal),
  });
  const merging = one.wait();
  await waitFor(() => one.notes.some((note) => note.includes("ase branch was modified")));
  await one.look();
  expect((await merging).pull.state).toBe("merged");
});

test("merge when ready goes on when GitHub does not answer in that moment", async () => {
  await using one = await watching();
  const { server } = one.desk;
  server.check(one.ref, { name: "test", conclusion: "SUCCESS" });
  server.fail({ kind: "status", path: "/merge", status: 500, times: 1 });
  const told: string[][] = [];
  const merging = one.wait((waitsFor) => told.push(waitsFor));
  await waitFor(() => one.notes.some((note) => note.includes("answered 500")));
  await one.look();
  expect((await merging).pull.state).toBe("merged");
  expect(told).toEqual([]);
});

test("merge when ready of one that somebody else merges is content", async () => {
  await using one = await watching();
  one.desk.server.check(one.ref, { name: "test" });
  let waits = 0;
  const merging = one.wait(() => (waits += 1));
  await waitFor(() => waits > 0);
  one.desk.server.change(one.ref, { state: "MERGED", mergeSha: "e".repeat(40) });
  await one.look();
  expect(await merging).toMatchObject({ method: null, mergeSha: "e".repeat(40) });
});
