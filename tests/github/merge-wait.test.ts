import { expect, setDefaultTimeout, test } from "bun:test";

import { setProjectArchived } from "../../src/store/project.ts";
import { waitFor } from "../support/wait.ts";
import { puts, watching } from "./merge-desk.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(60_000);

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
