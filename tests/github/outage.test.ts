import { expect, setDefaultTimeout, test } from "bun:test";

import { messageOf } from "../../src/error.ts";
import { ownIdentity } from "../../src/process/identity.ts";
import { acquireLease } from "../../src/store/lease.ts";
import { readQuota } from "../../src/store/quota.ts";
import { Desk } from "./desk.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(30_000);

const minute = 60_000;

async function watching(env: Record<string, string> = {}) {
  const desk = new Desk(env);
  desk.project();
  const ref = desk.pr();
  await desk.pass();
  desk.server.forgetCalls();
  return { desk, ref, [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose]() };
}

test("a host that is down is asked ever more rarely, and again as soon as it answers", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  desk.server.fail({ kind: "text", status: 500, body: "down" });
  await desk.watch(30 * minute, 15_000);
  // Waits of 15, 30, 60, 120, 240 seconds, then of 5 minutes.
  expect(desk.server.calls.length).toBeLessThanOrEqual(24);
  expect(desk.row(ref)?.state).toBe("open");
  desk.server.heal();
  desk.server.change(ref, { title: "after" });
  await desk.watch(6 * minute, 15_000);
  expect(desk.row(ref)?.title).toBe("after");
  expect(desk.now - (desk.row(ref)?.observedAt ?? 0)).toBeLessThan(2 * minute);
});

test("an answer that is cut, empty or no JSON changes nothing", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  const before = desk.row(ref);
  for (const fault of [
    { kind: "close" },
    { kind: "text", body: "" },
    { kind: "text", body: "<html>" },
    { kind: "text", body: `{"data": {"pr0": {"pullRequest": {"number": 1}}}}` },
  ] as const) {
    desk.server.fail(fault);
    await desk.pass(10 * minute);
    desk.server.heal();
  }
  expect(desk.row(ref)).toEqual(before);
});

test("a limit that is met is left alone until it starts anew, also after a restart", async () => {
  await using scene = await watching();
  const { desk } = scene;
  const resetAt = desk.now + 20 * minute;
  desk.server.limit("graphql", { remaining: 300, resetAt });
  await desk.pass(minute);
  expect(desk.server.calls).toHaveLength(1);
  await desk.watch(9 * minute, minute);
  desk.restart();
  await desk.watch(9 * minute, minute);
  expect(desk.server.calls).toHaveLength(1);
  await desk.watch(3 * minute, minute);
  expect(desk.server.calls.length).toBeGreaterThan(1);
});

test("a refusal inside an answer rests, and says so", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  desk.server.limit("graphql", { remaining: 0, resetAt: Date.now() + 30 * minute });
  await desk.pass(minute);
  const { rest } = readQuota(desk.store, "github.com");
  expect(rest?.reason).toStartWith("github.com limits requests until ");
  expect(desk.row(ref)?.state).toBe("open");
});

test("spending that runs ahead of the hour slows the pace down", async () => {
  await using scene = await watching();
  const { desk } = scene;
  // The agents have spent three quarters in the first minutes.
  desk.server.limit("graphql", { remaining: 1_400, resetAt: desk.now + 55 * minute });
  await desk.pass(minute);
  desk.server.forgetCalls();
  await desk.watch(20 * minute);
  const count = desk.server.calls.length;
  expect(count).toBeGreaterThanOrEqual(4);
  expect(count).toBeLessThanOrEqual(10);
});

test("one that breaks every query off is found out, and waits alone", async () => {
  await using desk = new Desk();
  desk.project();
  const refs = Array.from({ length: 6 }, () => desk.pr());
  await desk.pass();
  const [bad = "", ...good] = refs;
  desk.server.breakQueriesWith(Number(bad.split("#")[1]));
  for (const ref of good) desk.server.change(ref, { title: "after" });
  await desk.watch(10 * minute);
  const titles = good.map((ref) => desk.row(ref)?.title);
  expect(titles).toEqual(good.map(() => "after"));
  desk.server.forgetCalls();
  await desk.watch(10 * minute);
  const ages = good.map((ref) => desk.now - (desk.row(ref)?.observedAt ?? 0));
  expect(Math.max(...ages)).toBeLessThanOrEqual(minute);
  expect(desk.server.calls.length).toBeLessThanOrEqual(24);
});

test("without logs to be had everything else goes on", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  desk.server.limit("core", { remaining: 0, resetAt: Date.now() + 30 * minute });
  desk.server.check(ref, { name: "test", conclusion: "FAILURE", log: "bad" });
  await desk.pass(minute);
  expect(desk.row(ref)?.ci).toBe("failing");
  expect(desk.checks(ref)[0]?.logTail).toBe("");
});

test("no token means no call, no event, no error, and a word for who asks", async () => {
  await using desk = new Desk({ AO_GITHUB_TOKEN: "" });
  desk.project();
  desk.pr();
  const types = await desk.eventsOf(() => desk.watch(10 * minute, minute));
  expect(types).toEqual([]);
  expect(desk.server.calls).toEqual([]);
  const reason = `process ${process.pid} has found no token for github.com`;
  const { rest, spent } = readQuota(desk.store, "github.com");
  expect([rest, spent]).toEqual([{ until: expect.any(Number), reason, isWithoutLogin: true }, []]);
  // A login that came is found, and it is all as it was.
  desk.engine.env["AO_GITHUB_TOKEN"] = "ghp_test";
  await desk.pass(10 * minute);
  expect(readQuota(desk.store, "github.com").rest).toBeUndefined();
});

test("a token that is refused is looked up anew", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  desk.server.as("octocat", "ghp_next");
  await desk.pass(minute);
  desk.engine.env["AO_GITHUB_TOKEN"] = "ghp_next";
  desk.server.change(ref, { title: "after" });
  await desk.pass(minute);
  expect(desk.row(ref)?.title).toBe("after");
});

test("a host that hangs holds up no other, and ends with the observer", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  const before = desk.row(ref);
  desk.server.fail({ kind: "hang" });
  desk.move(minute);
  const pass = desk.observer.runOnce(desk.now);
  desk.observer.stop();
  expect(await pass).toEqual([]);
  expect(desk.row(ref)).toEqual(before);
});

test("a leader that comes late changes nothing", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  const owner = ownIdentity();
  const late = acquireLease(desk.store, "loops", owner, 1);
  desk.move(minute);
  const next = acquireLease(desk.store, "loops", { ...owner, start: "other" }, minute);
  expect(next?.token).toBeGreaterThan(late?.token ?? Infinity);
  const before = desk.row(ref);
  desk.server.change(ref, { title: "after" });
  const pass = desk.observer.runOnce(desk.now, late);
  expect(await pass.catch(messageOf)).toBe("lease loops was lost to another process");
  expect(desk.row(ref)).toEqual(before);
  await desk.observer.runOnce(desk.now, next);
  expect(desk.row(ref)?.title).toBe("after");
});

test("another process goes on where the last one stopped", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  desk.server.check(ref, { name: "test", conclusion: "FAILURE", log: "bad" });
  await desk.pass(minute);
  desk.server.forgetCalls();
  desk.restart();
  await desk.pass(1_000);
  // One listing, and what rides along with it at no cost; no log is read twice.
  expect(desk.server.spent()).toMatchObject({ points: 1, requests: 0 });
  expect(desk.checks(ref)[0]?.logTail).toBe("bad");
});
