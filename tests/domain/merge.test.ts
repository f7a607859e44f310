import { expect, test } from "bun:test";

import { isOverruled, type MergeFacts, mergeObstacles } from "../../src/domain/merge.ts";

const ready: MergeFacts = {
  state: "open",
  ci: "passing",
  review: "approved",
  mergeability: "mergeable",
  ...{ mergeReasons: [], unresolvedThreads: 0, baseRef: "main" },
  ...{ conflictFiles: [], failing: [], running: [] },
};

const reasons = (given: Partial<MergeFacts>) =>
  mergeObstacles({ ...ready, ...given }).map(({ reason }) => reason);

test("nothing stands in the way of what is ready, with CI or without", () => {
  expect(reasons({})).toEqual([]);
  expect(reasons({ ci: "none", review: "none", mergeability: "unknown" })).toEqual([]);
});

test("obstacles are all told, the worst first, a rule only where nothing else explains it", () => {
  const all: Partial<MergeFacts> = {
    ...{ state: "draft", ci: "failing", review: "changes_requested", unresolvedThreads: 2 },
    ...{ mergeability: "conflicting", mergeReasons: ["conflicts"] },
  };
  expect(reasons(all)).toEqual([
    "draft",
    "conflicts",
    "checks_failing",
    "changes_requested",
    "unresolved_threads",
  ]);
  expect(reasons({ ci: "unknown" })).toEqual(["checks_unknown"]);
  const blocked = { mergeability: "blocked" } as const;
  expect(reasons({ ...blocked, mergeReasons: ["blocked_by_rules"] })).toEqual(["blocked_by_rules"]);
  expect(reasons({ ...blocked, mergeReasons: ["behind_base"] })).toEqual(["behind_base"]);
  expect(reasons({ ...all, state: "merged" })).toEqual(["merged"]);
});

test("what strangers named is told plainly, and only the first of many", () => {
  const failing = ["a\u001b[31m", ...Array.from({ length: 6 }, (_, index) => `job ${index}`)];
  const [found] = mergeObstacles({ ...ready, ci: "failing", failing });
  expect(found?.text).toBe("checks fail: a, job 0, job 1, job 2, job 3 and 2 more");
});

test("a person overrules checks and reviews, and no draft or conflict", () => {
  const given: Partial<MergeFacts> = { state: "draft", ci: "failing", unresolvedThreads: 1 };
  const kept = mergeObstacles({ ...ready, ...given }).filter((one) => !isOverruled(one));
  expect(kept.map(({ reason }) => reason)).toEqual(["draft"]);
});
