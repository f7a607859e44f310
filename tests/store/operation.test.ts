import { expect, test } from "bun:test";

import { ownIdentity } from "../../src/process/identity.ts";
import * as operations from "../../src/store/operation.ts";
import { callAll, startWorkers } from "../support/processes.ts";
import { Sample } from "../support/store.ts";

const { openOperationOf, openOperations } = operations;
const owner = ownIdentity();

test("a session has one open operation at a time", () => {
  using sample = withSession();
  begin(sample, "o1", "shop-1");
  expect(() => begin(sample, "o2", "shop-1")).toThrow("session shop-1 is busy: kill by process");
  begin(sample, "o3", "shop-2");
  finish(sample, "o1");
  begin(sample, "o4", "shop-1");
  expect(openOperations(sample.store).map(({ id }) => id)).toEqual(["o3", "o4"]);
});

test("SQLite itself refuses a second open operation of a session", () => {
  using sample = withSession();
  begin(sample, "o1", "shop-1");
  const copy = "insert into operation select 'o2', kind, session_id, project_id, step, data,";
  const rest = " owner_pid, owner_start, attempts, started_at, updated_at,";
  const run = (finished: string) => () =>
    sample.raw.run(`${copy}${rest} ${finished}, failed_at, error from operation where id = 'o1'`);
  expect(run("null")).toThrow("UNIQUE");
  expect(run("5")).not.toThrow();
});

test("a step is recorded with its data, by the owner only", () => {
  using sample = withSession();
  begin(sample, "o1", "shop-1");
  const record = (who: typeof owner) =>
    sample.store.write((tx) =>
      operations.recordStep(tx, { id: "o1", step: "stop", data: '{"children":[]}' }, who),
    );
  record(owner);
  expect(openOperationOf(sample.store, "shop-1")).toMatchObject({
    step: "stop",
    data: '{"children":[]}',
    ownerPid: owner.pid,
  });
  expect(() => record({ ...owner, start: "another" })).toThrow("operation o1 was taken over");
  finish(sample, "o1");
  expect(() => record(owner)).toThrow("operation o1 was taken over");
});

test("an operation that failed is told as such, one that went well is not", () => {
  using sample = withSession();
  begin(sample, "o1", "shop-1");
  finish(sample, "o1", "no space");
  finish(sample, "o1", "a second end changes nothing");
  begin(sample, "o2", "shop-1");
  finish(sample, "o2");
  const failed = operations.failedOperations(sample.store, 0);
  expect(failed.map(({ id, error }) => [id, error])).toEqual([["o1", "no space"]]);
  expect(openOperations(sample.store)).toEqual([]);
});

test("of processes that adopt one operation at once, exactly one gets it", async () => {
  using sample = withSession();
  await using workers = startWorkers(8);
  const { dataDir } = sample;
  await callAll(workers.all, () => ({ action: "use", dataDir }));
  for (let round = 0; round < 5; round++) {
    begin(sample, `o${round}`, "shop-1");
    const seen = openOperationOf(sample.store, "shop-1");
    if (!seen) throw new Error("it is gone");
    const adopted = await callAll<boolean>(workers.all, () => ({ action: "adopt", seen }));
    expect(adopted.filter(Boolean)).toHaveLength(1);
    const winner = workers.all[adopted.indexOf(true)];
    const now = openOperationOf(sample.store, "shop-1");
    expect(now).toMatchObject({ attempts: 1, ownerPid: winner?.pid ?? 0 });
    finish(sample, `o${round}`);
  }
}, 30_000);

test("an operation is adopted from the owner that was seen, once", () => {
  using sample = withSession();
  begin(sample, "o1", "shop-1");
  const seen = openOperationOf(sample.store, "shop-1");
  if (!seen) throw new Error("it is gone");
  const adopt = (pid: number) =>
    sample.store.write((tx) => operations.adoptOperation(tx, seen, { pid, start: "1" }));
  expect([adopt(111), adopt(222)]).toEqual([true, false]);
  expect(openOperationOf(sample.store, "shop-1")).toMatchObject({ ownerPid: 111, attempts: 1 });
});

test("of processes that begin on one session at once, exactly one may", async () => {
  using sample = withSession();
  await using workers = startWorkers(8);
  const { dataDir } = sample;
  await callAll(workers.all, () => ({ action: "use", dataDir }));
  const begun = await Promise.allSettled(
    workers.all.map((worker, index) =>
      worker.call({ action: "begin", id: `o${index}`, sessionId: "shop-1" }),
    ),
  );
  expect(begun.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  const reasons = begun.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
  expect(reasons.every((reason) => reason.includes("conflict: session shop-1 is busy"))).toBe(true);
}, 30_000);

function withSession(): Sample {
  const sample = new Sample();
  sample.project();
  sample.session();
  return sample;
}

function begin(sample: Sample, id: string, sessionId: string): void {
  const intent = { id, sessionId, projectId: "shop", step: "intent", data: "{}" };
  sample.store.write((tx) => operations.insertOperation(tx, { ...intent, kind: "kill" }, owner));
}

function finish(sample: Sample, id: string, error?: string): void {
  sample.store.write((tx) => operations.finishOperation(tx, id, error));
}
