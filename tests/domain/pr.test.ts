import { expect, test } from "bun:test";

import { type PrFacts, prLadder, prRung, prStatus } from "../../src/domain/pr.ts";
import { prWith } from "../support/facts.ts";

const rungs: [(typeof prLadder)[number], string, Partial<PrFacts>][] = [
  ["ci_failed", "red CI", { ci: "failing" }],
  ["ci_failed", "red CI of a draft with a conflict", bad({ ci: "failing" })],
  ["merge_conflict", "a conflict", { mergeability: "conflicting" }],
  ["merge_conflict", "a conflict of a draft", bad({})],
  ["changes_requested", "a review that asks for changes", { review: "changes_requested" }],
  ["changes_requested", "an open thread", { unresolvedThreads: 1, review: "approved" }],
  ["draft", "a draft", { state: "draft", ci: "pending" }],
  ["ci_pending", "CI that runs", { ci: "pending", review: "review_required" }],
  ["review_pending", "a review that is asked for", { review: "review_required" }],
  ["pr_open", "nothing to say", {}],
  ["pr_open", "unknown CI", { ci: "unknown", mergeability: "mergeable" }],
  ["pr_open", "blocked by a rule", { mergeability: "blocked" }],
  ["approved", "an approval", { review: "approved" }],
  ["approved", "an approval and unknown CI", approved({ ci: "unknown" })],
  ["approved", "an approval that is blocked", { review: "approved", mergeability: "blocked" }],
  ["mergeable", "an approval and green CI", approved({})],
  ["mergeable", "no CI at all counts as passing", approved({ ci: "none" })],
  ["mergeable", "no review is required", { mergeability: "mergeable" }],
];

test.each(rungs)("the rung is %s for: %s", (rung, _why, facts) => {
  expect(prRung(prWith(facts))).toBe(rung);
  expect(prStatus([prWith(facts)])).toBe(rung);
});

const first = rungs.filter(([rung], index) => rungs.findIndex(([one]) => one === rung) === index);

test("every rung has a row, in the ladder's order", () => {
  expect(first.map(([rung]) => rung)).toEqual([...prLadder]);
});

test("of two open pull requests the worse one counts, in any order", () => {
  for (const [index, [worse, , one]] of first.entries()) {
    for (const [, , other] of first.slice(index)) {
      const pair = [prWith(one), prWith(other)];
      expect(prStatus(pair)).toBe(worse);
      expect(prStatus(pair.reverse())).toBe(worse);
    }
  }
});

test("what is closed or merged counts only when nothing is open", () => {
  const [open, merged, closed] = (["open", "merged", "closed"] as const).map((state) =>
    prWith({ state, ci: state === "open" ? "passing" : "failing" }),
  );
  if (!open || !merged || !closed) throw new Error("unreachable");
  expect(prStatus([merged, open, closed])).toBe("pr_open");
  expect(prStatus([closed, merged])).toBe("merged");
  expect(prStatus([closed])).toBe("closed");
  expect(prStatus([])).toBeNull();
});

test("a stacked child contributes problems only", () => {
  const parent = prWith({ headRef: "one", ...approved({}) });
  const child = (facts: Partial<PrFacts>) => prWith({ headRef: "two", baseRef: "one", ...facts });
  expect(prStatus([parent, child({ ci: "pending" })])).toBe("mergeable");
  expect(prStatus([parent, child({ review: "review_required" })])).toBe("mergeable");
  expect(prStatus([child({}), parent])).toBe("mergeable");
  expect(prStatus([parent, child({ ci: "failing" })])).toBe("ci_failed");
  expect(prStatus([parent, child({ mergeability: "conflicting" })])).toBe("merge_conflict");
  expect(prStatus([parent, child({ review: "changes_requested" })])).toBe("changes_requested");
  expect(prStatus([parent, child({ state: "draft" })])).toBe("draft");
});

test("a child whose parent was merged stands for itself", () => {
  const parent = prWith({ headRef: "one", state: "merged" });
  expect(prStatus([parent, prWith({ baseRef: "one", ci: "pending" })])).toBe("ci_pending");
});

test("a fork's main into main is no child of itself", () => {
  const fork = prWith({ headRef: "main", baseRef: "main", ci: "pending" });
  const other = prWith({ headRef: "two", baseRef: "trunk", ...approved({}) });
  expect(prStatus([fork, other])).toBe("ci_pending");
});

test("two that stand on each other are judged all the same", () => {
  const one = prWith({ headRef: "one", baseRef: "two", ci: "pending" });
  const two = prWith({ headRef: "two", baseRef: "one", review: "approved" });
  expect(prStatus([one, two])).toBe("ci_pending");
});

function approved(more: Partial<PrFacts>): Partial<PrFacts> {
  return { review: "approved", mergeability: "mergeable", ...more };
}

function bad(more: Partial<PrFacts>): Partial<PrFacts> {
  const review = "changes_requested";
  return { state: "draft", mergeability: "conflicting", review, ...more };
}
