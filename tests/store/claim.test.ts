import { expect, test } from "bun:test";

import { claimPr, type PrClaim } from "../../src/store/claim.ts";
import {
  findPr,
  listChecks,
  readDiscussion,
  writeObservation,
} from "../../src/store/observation.ts";
import { checkOf, discussionOf, observationOf } from "../support/observation.ts";
import { Sample } from "../support/store.ts";

const { key } = observationOf();

function scene() {
  let now = 1_000;
  const sample = new Sample(() => (now += 1));
  sample.project();
  const [first, second] = [sample.session(), sample.session()];
  const owner = { projectId: "shop", sessionId: first };
  const observe = (given: Parameters<typeof observationOf>[0]) =>
    sample.store.write((tx) => writeObservation(tx, observationOf(given), owner));
  const claim = (given: Partial<PrClaim>) =>
    sample.store.write((tx) =>
      claimPr(tx, {
        ...{ sessionId: second, seen: observationOf(), conflictFiles: [], mayTakeOver: true },
        ...{ knownAt: undefined, ...given },
      }),
    );
  const knownAt = () => findPr(sample.store, key)?.observedAt;
  return { sample, first, second, observe, claim, knownAt };
}

test("facts that somebody has seen since the look are not told over by older ones", () => {
  const { sample, second, observe, claim, knownAt } = scene();
  using _closing = sample;
  observe({ ci: "pending" });
  const before = knownAt();
  observe({ ci: "failing", review: "approved" });
  const told = sample.eventsOf(() => claim({ knownAt: before, seen: observationOf() }));
  expect(told.map(({ type }) => type)).toEqual(["pr_session_changed"]);
  const final = { ci: "failing", review: "approved", sessionId: second };
  expect(told[0]?.payload).toMatchObject(final);
});

test("what was closed since the look is refused, and nothing moves", () => {
  const { sample, first, observe, claim, knownAt } = scene();
  using _closing = sample;
  observe({});
  const before = knownAt();
  observe({ state: "merged" });
  expect(() => claim({ knownAt: before })).toThrow("pull request #7 is merged");
  expect(findPr(sample.store, key)?.sessionId).toBe(first);
});

test("an observation that fails at its last row leaves nothing of itself", () => {
  const { sample, observe } = scene();
  using _closing = sample;
  observe({});
  const before = { row: findPr(sample.store, key), head: sample.head() };
  const discussion = discussionOf();
  const [comment] = discussion.comments;
  if (!comment) throw new Error("the sample has a comment");
  // The database takes no comment without a time.
  discussion.comments = [comment, { ...comment, id: "last", createdAt: Number.NaN }];
  const checks = [checkOf({ status: "failed" })];
  expect(() => observe({ ci: "failing", checks, discussion })).toThrow();
  expect({ row: findPr(sample.store, key), head: sample.head() }).toEqual(before);
  expect(readDiscussion(sample.store, key)).toMatchObject({ reviews: [], threads: [] });
  expect(listChecks(sample.store, key, null).map(({ status }) => status)).toEqual(["passed"]);
});

test("threads that a partial listing lacks stay, those of a whole one go", () => {
  const { sample, observe, claim, knownAt } = scene();
  using _closing = sample;
  observe({ discussion: discussionOf() });
  const threads = () => readDiscussion(sample.store, key).threads.map(({ id }) => id);
  const listed = (isComplete: boolean) => {
    const discussion = discussionOf({ isComplete, threads: [thread] });
    claim({ knownAt: knownAt(), seen: observationOf({ discussion }) });
  };
  listed(false);
  expect(threads()).toEqual(["PRRT_1", "PRRT_2"]);
  listed(true);
  expect(threads()).toEqual(["PRRT_2"]);
});

const thread = { id: "PRRT_2", path: "a.ts", line: 3, isResolved: false, isOutdated: false };
