import * as v from "valibot";

import { time } from "./parts.ts";
import { sessionSchema } from "./session.ts";

const texts = v.array(v.string());

/** A pull request of a session, without logs and without what was said inline. */
const summarySchema = v.object({
  url: v.string(),
  number: v.number(),
  title: v.string(),
  state: v.string(),
  provider: v.string(),
  repo: v.string(),
  author: v.string(),
  sourceBranch: v.string(),
  targetBranch: v.string(),
  headSha: v.string(),
  additions: v.number(),
  deletions: v.number(),
  changedFiles: v.number(),
  ci: v.object({
    state: v.string(),
    failingChecks: v.array(
      v.object({
        name: v.string(),
        status: v.string(),
        conclusion: v.string(),
        url: v.string(),
      }),
    ),
  }),
  review: v.object({
    decision: v.string(),
    hasUnresolvedHumanComments: v.boolean(),
    unresolvedBy: v.array(
      v.object({
        reviewerId: v.string(),
        count: v.number(),
        links: v.array(
          v.object({ url: v.string(), file: v.string(), line: v.nullable(v.number()) }),
        ),
        isBot: v.boolean(),
      }),
    ),
    reviews: v.array(
      v.object({
        reviewerId: v.string(),
        verdict: v.string(),
        body: v.string(),
        reviewUrl: v.string(),
        submittedAt: time,
        isBot: v.boolean(),
      }),
    ),
  }),
  mergeability: v.object({
    state: v.string(),
    reasons: texts,
    prUrl: v.string(),
    conflictFiles: texts,
  }),
  createdAt: time,
  updatedAt: time,
  observedAt: time,
  ciObservedAt: v.nullable(time),
  reviewObservedAt: v.nullable(time),
});

/** Open ones first, then last changed first. */
export const sessionPullsSchema = v.object({
  sessionId: v.string(),
  prs: v.array(summarySchema),
});

export const claimedSchema = v.object({
  ok: v.literal(true),
  sessionId: v.string(),
  /** The claimed one first. */
  prs: sessionSchema.entries.prs,
  /** The worktree stands on another branch than before. */
  branchChanged: v.boolean(),
  takenOverFrom: texts,
  branch: v.string(),
  /** Where a push from the worktree goes; null when nothing can be pushed from there. */
  pushesTo: v.nullable(v.string()),
});
