import type { CheckFacts, DiscussionFacts, PrObservation } from "../../src/domain/observation.ts";

/** An observation of an open pull request with one passed check. */
export function observationOf(given: Partial<PrObservation> = {}): PrObservation {
  return {
    key: "github.com/acme/shop#7",
    url: "https://github.com/acme/shop/pull/7",
    number: 7,
    state: "open",
    ci: "passing",
    review: "none",
    mergeability: "mergeable",
    mergeReasons: [],
    title: "Outbox",
    author: "ana",
    headRef: "ao/shop-1/root",
    headSha: "a".repeat(40),
    headRepo: "acme/shop",
    baseRef: "main",
    baseSha: "b".repeat(40),
    mergeSha: null,
    additions: 10,
    deletions: 2,
    changedFiles: 1,
    createdAt: 500,
    updatedAt: 1_000,
    checks: [checkOf()],
    hasAllChecks: true,
    reviewHash: "0 0 0 ",
    threadMarks: [],
    ...given,
  };
}

/** A check that has passed. */
export function checkOf(given: Partial<CheckFacts> = {}): CheckFacts {
  return {
    name: "build",
    status: "passed",
    conclusion: "success",
    url: "https://github.com/acme/shop/actions/runs/1/job/1",
    summary: "",
    failingStep: "",
    logTail: "",
    ...given,
  };
}

/** One review, and one open thread with a person's comment in it. */
export function discussionOf(given: Partial<DiscussionFacts> = {}): DiscussionFacts {
  const who = { login: "ben", association: "MEMBER", isBot: false };
  const url = "https://github.com/acme/shop/pull/7#said";
  return {
    isComplete: true,
    reviews: [{ id: "PRR_1", ...who, state: "commented", body: "hm", url, submittedAt: 1 }],
    threads: [{ id: "PRRT_1", path: "a.ts", line: 3, isResolved: false, isOutdated: false }],
    comments: [{ id: "PRRC_1", threadId: "PRRT_1", ...who, body: "why?", url, createdAt: 1 }],
    ...given,
  };
}
