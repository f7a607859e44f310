import { expect, test } from "bun:test";

import { ownIdentity } from "../../src/process/identity.ts";
import { eventsAfter, logBounds } from "../../src/store/event.ts";
import { acquireLease } from "../../src/store/lease.ts";
import { finishOperation, insertOperation, openOperations } from "../../src/store/operation.ts";
import { forgetEvents, forgetFinished, type RetentionLimits } from "../../src/store/retention.ts";
import { setTitle } from "../../src/store/session.ts";
import { fillLog, Sample } from "../support/store.ts";

const now = 1_000_000_000;
const roomy: RetentionLimits = { ageMs: 1e12, rows: 1e9, bytes: 1e12 };

test.each<[string, Partial<RetentionLimits>, number]>([
  // Event n is n seconds old, counted from the head; the head is as old as now.
  ["age", { ageMs: 2_500_000 }, 2_501],
  ["rows", { rows: 700 }, 700],
  // Each payload has 80 bytes, and 120 more are reckoned for the row.
  ["bytes", { bytes: 200 * 1_234 }, 1_234],
])("events beyond the limit by %s go, the rest stays", (_what, limit, kept) => {
  using sample = withLog(10_000);
  const isMore = forgetEvents(sample.store, { ...roomy, ...limit }, now, { batches: 100 });
  expect(isMore).toBe(false);
  const { floor, head } = logBounds(sample.store);
  expect(head).toBe(10_000);
  expect(head - floor).toBe(kept);
  const left = eventsAfter(sample.store, 0, {}, 20_000);
  expect(left).toHaveLength(kept);
  expect(left[0]?.seq).toBe(floor + 1);
});

test("forgetting takes small batches, and says when more is left", () => {
  using sample = withLog(10_000);
  const forget = (batches: number) =>
    forgetEvents(sample.store, { ...roomy, rows: 1_000 }, now, { batches });
  expect(forget(2)).toBe(true);
  expect(logBounds(sample.store).floor).toBe(4_000);
  expect(eventsAfter(sample.store, 0, {}, 1)[0]?.seq).toBe(4_001);
  forget(100);
  expect(logBounds(sample.store).floor).toBe(9_000);
  expect(forget(100)).toBe(false);
});

test("nothing is forgotten within the limits, nor of an empty log", () => {
  using sample = new Sample();
  expect(forgetEvents(sample.store, roomy, now, { batches: 10 })).toBe(false);
  sample.project();
  const limits = { ...roomy, rows: 500_000 };
  expect(forgetEvents(sample.store, limits, Date.now(), { batches: 10 })).toBe(false);
  expect(logBounds(sample.store)).toMatchObject({ floor: 0, head: 1 });
});

test("numbers go on rising when everything was forgotten", () => {
  using sample = withLog(3_000);
  sample.project();
  const id = sample.session();
  const { head } = logBounds(sample.store);
  forgetEvents(sample.store, { ...roomy, rows: 0 }, now, { batches: 10 });
  expect(eventsAfter(sample.store, 0, {}, 10)).toEqual([]);
  expect(logBounds(sample.store)).toMatchObject({ floor: head, head });
  sample.reopen();
  const [next] = sample.eventsOf(() => sample.store.write((tx) => setTitle(tx, id, "then")));
  expect(next?.seq).toBe(head + 1);
});

test("a late process neither forgets without its lease nor lowers the floor", () => {
  using sample = withLog(5_000);
  const fence = acquireLease(sample.store, "loops", ownIdentity(), 60_000);
  sample.raw.run("update lease set token = token + 1");
  const limits = { ...roomy, rows: 10 };
  const late = () =>
    forgetEvents(sample.store, limits, now, { batches: 1, ...(fence && { fence }) });
  expect(late).toThrow("lease loops was lost");
  expect(logBounds(sample.store).floor).toBe(0);
  sample.store.write((tx) => void tx.change("floorRaise", { floor: 900 }));
  sample.store.write((tx) => void tx.change("floorRaise", { floor: 1_000 }));
  sample.store.write((tx) => void tx.change("floorRaise", { floor: 200 }));
  expect(logBounds(sample.store).floor).toBe(1_000);
});

test("finished operations and the leases of deliveries are forgotten, open ones are not", () => {
  let clock = 1_000;
  using sample = new Sample(() => clock);
  const owner = ownIdentity();
  const begin = (id: string) =>
    sample.store.write((tx) => {
      const intent = { id, kind: "kill" as const, sessionId: id, projectId: "shop", step: "s" };
      insertOperation(tx, { ...intent, data: "{}" }, owner);
    });
  begin("old");
  sample.store.write((tx) => finishOperation(tx, "old"));
  begin("open");
  for (const name of ["deliver:shop-1", "loops"]) acquireLease(sample.store, name, owner, 10);
  clock = 5_000;
  begin("young");
  sample.store.write((tx) => finishOperation(tx, "young"));
  sample.raw.run(
    "insert into lease values ('deliver:shop-2', 1, '1', 9, 4000, 0), ('pass', 1, '1', 9, 1, 1)",
  );
  forgetFinished(sample.store, 3_000);
  const ids = sample.raw.query("select id from operation order by id").values().flat();
  expect(ids).toEqual(["open", "young"]);
  expect(openOperations(sample.store).map(({ id }) => id)).toEqual(["open"]);
  const names = sample.raw.query("select name from lease order by name").values().flat();
  expect(names).toEqual(["deliver:shop-2", "loops", "pass"]);
});

/** A log of `rows` events, one a second, the last of them at `now`. */
function withLog(rows: number): Sample {
  const sample = new Sample();
  fillLog(sample.raw, { rows, lastAt: now, stepMs: 1_000 });
  return sample;
}
