import type { Pull, PullCheck, PullDetails } from "../../../src/web/page/model/pull.ts";
import { longTitle, minutesAgo } from "./canned-data.ts";

/** A pull request of the list. */
export function pull(number: number, change: Partial<Pull> = {}): Pull {
  return {
    key: `github.com/acme/shop#${number}`,
    url: `https://github.com/acme/shop/pull/${number}`,
    number,
    projectId: "shop",
    sessionId: "shop-3",
    title: "Make checkout idempotent",
    author: "ada",
    status: "mergeable",
    state: "open",
    ci: "passing",
    review: "approved",
    mergeability: "mergeable",
    mergeReasons: [],
    isReady: true,
    headRef: "ao/shop-3/root",
    headSha: "4f3c2d1e".padEnd(40, "a"),
    baseRef: "main",
    unresolvedThreads: 0,
    additions: 120,
    deletions: 14,
    changedFiles: 6,
    createdAt: minutesAgo(300),
    updatedAt: minutesAgo(12),
    observedAt: minutesAgo(1),
    ...change,
  };
}

export const pulls: Pull[] = [
  pull(228, {
    ...{ sessionId: "shop-6", title: "Drop the legacy tax rules", ci: "failing" },
    ...{ status: "ci_failed", isReady: false, review: "none", unresolvedThreads: 2 },
  }),
  pull(231, { title: longTitle }),
  pull(201, { state: "merged", status: "merged", sessionId: null, isReady: false }),
];

/** The checks of a pull request; a stranger's address is none that a browser may follow. */
export const checks: PullCheck[] = [
  {
    ...{ name: "test", status: "failed", conclusion: "failure", url: "javascript:alert(1)" },
    ...{ summary: "1 of 312 tests failed", failingStep: "npm test" },
    logTail: "FAIL src/tax.test.ts\n  expected 19 to be 7\n<b>not bold</b>",
  },
  {
    ...{ name: "lint", status: "passed", conclusion: "success", url: "https://ci.example" },
    ...{ summary: "", failingStep: "" },
  },
];

/** A pull request with reviews and threads from strangers. */
export function pullDetails(found: Pull): PullDetails {
  const said = { association: "CONTRIBUTOR", isBot: false, url: found.url, login: "eve" };
  return {
    ...found,
    obstacles: found.isReady ? [] : [{ reason: "checks_failing", text: "checks fail: test" }],
    conflictFiles: [],
    checks: [],
    reviews: [
      {
        id: "r1",
        state: "changes_requested",
        body: "Close.",
        submittedAt: minutesAgo(50),
        ...said,
      },
    ],
    threads: [
      {
        id: "t1",
        path: "src/tax.ts",
        line: 41,
        isOutdated: false,
        comments: [
          {
            id: "c1",
            body: "<img src=x onerror=alert(1)> why not a map?",
            createdAt: minutesAgo(40),
            ...said,
          },
        ],
      },
    ],
    stackedOn: null,
  };
}
