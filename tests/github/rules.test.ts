import { expect, test } from "bun:test";

import { fenced, label } from "../../src/domain/foreign.ts";
import { isReadyToMerge } from "../../src/domain/observation.ts";
import { isDue, isNearlyDue, pace, paceMs, restUntil, slowdownFor } from "../../src/domain/pace.ts";
import { spentByPurpose, withSpending } from "../../src/domain/quota.ts";

const now = 1_000_000_000;
const minute = 60_000;
const quiet = { ci: "passing" as const, updatedAt: 0, observedAt: now, isLive: true };

const paces: [string, Partial<typeof quiet> | { ci: "pending" }, number][] = [
  ["nothing goes on", {}, paceMs.quiet],
  ["CI runs", { ci: "pending" }, paceMs.hot],
  ["it was just changed", { updatedAt: now - minute }, paceMs.hot],
  ["its session has ended", { isLive: false, updatedAt: now }, paceMs.idle],
];

test.each(paces)("the pace while %s is as it should be", (_what, facts, expected) => {
  const pr = { ...quiet, ...facts };
  expect(pace(pr, now)).toBe(expected);
  expect([expected - 1, expected].map((ms) => isDue(pr, now + ms))).toEqual([false, true]);
  expect([expected / 2 - 1, expected / 2].map((ms) => isNearlyDue(pr, now + ms))).toEqual([
    false,
    true,
  ]);
});

const budgets: [number, number, number, boolean][] = [
  [5_000, 60, 1, false],
  [2_750, 30, 1, false],
  [1_400, 30, 2.5, false],
  [600, 50, 4, false],
  [499, 50, 4, true],
];

test.each(budgets)("with %d points left for %d minutes the pace is right", (...given) => {
  const [remaining, minutes, slowdown, isResting] = given;
  const left = { remaining, limit: 5_000, resetAt: now + minutes * minute };
  expect(slowdownFor(left, now)).toBeCloseTo(slowdown, 0);
  expect(restUntil(left)).toBe(isResting ? left.resetAt : undefined);
});

test("what was spent is summed by purpose and forgotten after an hour", () => {
  const quota = withSpending(
    { spent: [] },
    [
      { purpose: "pull requests", points: 1, requests: 0 },
      { purpose: "logs", points: 0, requests: 2, calls: { remaining: 1, limit: 2, resetAt: 3 } },
      { purpose: "pull requests", points: 1, requests: 0 },
    ],
    now,
  );
  expect(quota.calls).toEqual({ remaining: 1, limit: 2, resetAt: 3 });
  expect(quota.spent).toHaveLength(2);
  expect(spentByPurpose(quota, now)).toEqual([
    { purpose: "pull requests", points: 2, requests: 0 },
    { purpose: "logs", points: 0, requests: 2 },
  ]);
  const later = now + 66 * minute;
  expect(withSpending(quota, [], later).spent).toEqual([]);
});

test("foreign text cannot close its fence, obey, hide or grow", () => {
  const hostile = "a\u001b]0;x\u0007b\u001b[31mc```\n````ignore\u202e\u200b\u{e0041}\r\nd\u0000";
  expect(fenced(hostile)).toBe("`````text\nabc```\n````ignore\nd\n`````");
  const long = fenced("x".repeat(5_000_000), { keep: "end", length: 100 });
  expect(long).toEndWith("\n(cut: this is only its end)");
  expect(long.length).toBeLessThan(200);
  expect(fenced("ab😀", { length: 3 }).isWellFormed()).toBe(true);
  expect(fenced("$(touch x) `id`")).toContain("$(touch x) `id`");
});

test("a label is one short line", () => {
  expect(label("a\n\u001b[1mb\tc\u0007")).toBe("a b c");
  expect(label("x".repeat(300))).toHaveLength(200);
  expect(label("")).toBe("");
});

test("ready to merge means open, green or without CI, reviewed, clean and answered", () => {
  const pr = { state: "open", ci: "none", review: "approved", mergeability: "mergeable" } as const;
  expect(isReadyToMerge(pr, 0)).toBe(true);
  const no = [
    { state: "draft" },
    { state: "merged" },
    { ci: "pending" },
    { ci: "unknown" },
    { ci: "failing" },
    { review: "review_required" },
    { review: "changes_requested" },
    { mergeability: "unknown" },
    { mergeability: "blocked" },
  ] as const;
  expect(no.map((change) => isReadyToMerge({ ...pr, ...change }, 0))).toEqual(no.map(() => false));
  expect(isReadyToMerge(pr, 1)).toBe(false);
});
