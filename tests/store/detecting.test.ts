import { expect, test } from "bun:test";

import { reduceProbe } from "../../src/domain/lifecycle.ts";
import type { Observation } from "../../src/domain/probe.ts";
import { getSession, patchSession } from "../../src/store/session.ts";
import { Sample } from "../support/store.ts";

const broken: Observation = { runtime: "failed", agent: "unknown", detail: "no answer" };
const healthy: Observation = { runtime: "alive", agent: "alive", detail: "both run" };

test("the memory of trouble outlives the process that saw it", () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  const seen: [number, boolean, boolean][] = [];
  for (const observation of [broken, broken, broken, broken, healthy, healthy]) {
    probe(sample, id, observation);
    sample.reopen();
    const { detectingAttempts, detectingStartedAt, stuckAt } = getSession(sample.store, id);
    seen.push([detectingAttempts, detectingStartedAt !== null, stuckAt !== null]);
  }
  expect(seen).toEqual([
    [1, true, false],
    [2, true, false],
    [3, true, true],
    [4, true, true],
    [4, true, true],
    [0, false, false],
  ]);
});

test("an episode is told when it begins, when it sticks, and when it ends", () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  const told = sample.eventsOf(() => {
    for (let pass = 0; pass < 10; pass++) probe(sample, id, broken);
    for (let pass = 0; pass < 3; pass++) probe(sample, id, healthy);
  });
  expect(told.map(({ payload }) => payload)).toMatchObject([
    { isDetecting: true, isStuck: false },
    { isDetecting: true, isStuck: true },
    { isDetecting: false, isStuck: false },
  ]);
});

function probe(sample: Sample, id: string, seen: Observation): void {
  sample.store.write((tx) => {
    const session = getSession(tx, id);
    const reduced = reduceProbe(session, seen, tx.now);
    if (reduced) patchSession(tx, session, reduced.patch);
  });
}
