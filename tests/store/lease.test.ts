import { expect, test } from "bun:test";

import { identify, ownIdentity } from "../../src/process/identity.ts";
import {
  acquireLease,
  findLease,
  isHeld,
  releaseLease,
  renewLease,
} from "../../src/store/lease.ts";
import { setTitle } from "../../src/store/session.ts";
import type { Fence } from "../../src/store/store.ts";
import { callAll, startWorkers } from "../support/processes.ts";
import { Sample } from "../support/store.ts";

const owner = ownIdentity();

test("a free lease is taken, and nobody else gets it while it is held", () => {
  using sample = new Sample();
  const fence = take(sample, 60_000);
  expect(findLease(sample.store, "loops")).toMatchObject({
    ownerPid: process.pid,
    token: fence.token,
  });
  expect(acquireLease(sample.store, "loops", owner, 60_000)).toBeUndefined();
  expect(acquireLease(sample.store, "deliver:shop-1", owner, 60_000)).toBeDefined();
});

test("a lease that expired is free, and its next token is a higher one", () => {
  using sample = new Sample();
  const first = take(sample, -1);
  expect(isHeld(findLease(sample.store, "loops"), Date.now())).toBe(false);
  const second = take(sample, 60_000);
  expect(second.token).toBeGreaterThan(first.token);
});

test("a lease that was given back is free at once, and giving back late changes nothing", () => {
  using sample = new Sample();
  const first = take(sample, 60_000);
  releaseLease(sample.store, first);
  const second = take(sample, 60_000);
  releaseLease(sample.store, first);
  expect(isHeld(findLease(sample.store, "loops"), Date.now())).toBe(true);
  expect(renewLease(sample.store, second, 60_000)).toBe(true);
});

test("renewing prolongs a lease, until it has expired or was lost", () => {
  let now = Date.now();
  using sample = new Sample(() => now);
  const fence = take(sample, 10_000);
  now += 6_000;
  expect(renewLease(sample.store, fence, 10_000)).toBe(true);
  expect(findLease(sample.store, "loops")?.expiresAt).toBe(now + 10_000);
  now += 10_000;
  expect(renewLease(sample.store, fence, 10_000)).toBe(false);
  const other = { ...fence, token: fence.token - 1 };
  expect(renewLease(sample.store, other, 10_000)).toBe(false);
});

test("a token is never given twice, even when the row was forgotten", () => {
  using sample = new Sample();
  const first = take(sample, -1);
  sample.raw.run("delete from lease");
  const second = take(sample, 60_000);
  expect(second.token).toBeGreaterThan(first.token);
});

test("a write with an old fence changes nothing", () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  const old = take(sample, -1);
  const current = take(sample, 60_000);
  const rename = (fence: Fence) =>
    sample.store.write((tx) => setTitle(tx, id, `by ${fence.token}`), fence);
  expect(sample.eventsOf(() => expect(() => rename(old)).toThrow("lease loops was lost"))).toEqual(
    [],
  );
  rename(current);
  expect(sample.eventsSince(0).at(-1)?.payload).toMatchObject({ title: `by ${current.token}` });
});

test("a write after the lease's end changes nothing, though nobody took it", () => {
  let now = Date.now();
  using sample = new Sample(() => now);
  sample.project();
  const id = sample.session();
  const fence = take(sample, 10_000);
  now += 10_000;
  const late = () => sample.store.write((tx) => setTitle(tx, id, "late"), fence);
  expect(late).toThrow("lease loops was lost");
});

test("a lease that was renewed between look and grab is not taken away", () => {
  using sample = new Sample();
  const fence = take(sample, -1);
  const seen = findLease(sample.store, "loops");
  sample.raw.run(`update lease set expires_at = ${Date.now() + 60_000}`);
  const grabbed = sample.store.write((tx) =>
    tx.one("leaseTake", {
      name: "loops",
      ownerPid: 1,
      ownerStart: "1",
      seenToken: seen?.token ?? 0,
      seenExpiresAt: seen?.expiresAt ?? 0,
      now: tx.now,
      expiresAt: tx.now + 1_000,
    }),
  );
  expect(grabbed).toBeUndefined();
  expect(findLease(sample.store, "loops")?.token).toBe(fence.token);
});

test("two processes that compete again and again: exactly one gets it each time", async () => {
  using sample = new Sample();
  await using workers = startWorkers(4);
  const { dataDir } = sample;
  await callAll(workers.all, () => ({ action: "use", dataDir }));
  for (let round = 0; round < 20; round++) {
    const name = `round ${round % 10}`;
    const request = { action: "acquire" as const, name, lifeMs: 60_000 };
    const fences = await callAll<Fence | null>(workers.all, () => request);
    const [winner, ...others] = fences.filter((fence) => fence !== null);
    expect(others).toEqual([]);
    if (winner) releaseLease(sample.store, winner);
  }
}, 30_000);

test("a dead owner frees a lease at once, a live one of another process does not", async () => {
  using sample = new Sample();
  await using workers = startWorkers(1);
  const [worker] = workers.all;
  await worker?.call({ action: "use", dataDir: sample.dataDir });
  const request = { action: "acquire" as const, name: "loops", lifeMs: 600_000 };
  const fence = await worker?.call<Fence>(request);
  const lease = findLease(sample.store, "loops");
  expect(lease?.ownerPid).toBe(worker?.pid ?? 0);
  expect(identify(worker?.pid ?? 0)?.start).toBe(lease?.ownerStart ?? "");
  expect(acquireLease(sample.store, "loops", owner, 1_000)).toBeUndefined();
  await worker?.kill();
  expect(take(sample, 60_000).token).toBe((fence?.token ?? 0) + 1);
});

test("a pid that another process got frees a lease as well", () => {
  using sample = new Sample();
  take(sample, 600_000);
  sample.raw.run("update lease set owner_start = 'of an earlier process'");
  expect(take(sample, 60_000)).toBeDefined();
});

function take(sample: Sample, lifeMs: number): Fence {
  const fence = acquireLease(sample.store, "loops", owner, lifeMs);
  if (!fence) throw new Error("the lease is held");
  return fence;
}
