import * as v from "valibot";

import { flag, id, time } from "./parts.ts";

const texts = v.array(v.string());

export const pullSchema = v.object({
  /** `host/owner/repo#number`, lower-cased. */
  key: v.string(),
  url: v.string(),
  number: v.number(),
  projectId: v.string(),
  sessionId: v.nullable(v.string()),
  title: v.string(),
  author: v.string(),
  /** Its own rung of the ladder, or how it ended. */
  status: v.string(),
  state: v.picklist(["draft", "open", "merged", "closed"]),
  ci: v.picklist(["unknown", "none", "pending", "passing", "failing"]),
  review: v.picklist(["none", "approved", "changes_requested", "review_required"]),
  mergeability: v.picklist(["unknown", "mergeable", "conflicting", "blocked", "unstable"]),
  mergeReasons: texts,
  /** Nothing stands in the way of a merge. */
  isReady: v.boolean(),
  headRef: v.string(),
  headSha: v.string(),
  baseRef: v.string(),
  unresolvedThreads: v.number(),
  additions: v.number(),
  deletions: v.number(),
  changedFiles: v.number(),
  createdAt: time,
  updatedAt: time,
  observedAt: time,
});

const checkSchema = v.object({
  name: v.string(),
  status: v.string(),
  conclusion: v.string(),
  url: v.string(),
  summary: v.string(),
  failingStep: v.string(),
});

const authorEntries = { login: v.string(), association: v.string(), isBot: v.boolean() };

const commentSchema = v.object({
  ...authorEntries,
  id: v.string(),
  body: v.string(),
  url: v.string(),
  createdAt: time,
});

export const pullDetailsSchema = v.object({
  ...pullSchema.entries,
  /** What a merge waits for. */
  obstacles: v.array(v.object({ reason: v.string(), text: v.string() })),
  conflictFiles: texts,
  /** Checks of the head commit that failed or have not ended. */
  checks: v.array(checkSchema),
  reviews: v.array(
    v.object({
      ...authorEntries,
      id: v.string(),
      state: v.string(),
      body: v.string(),
      url: v.string(),
      submittedAt: time,
    }),
  ),
  /** Those that are not resolved. */
  threads: v.array(
    v.object({
      id: v.string(),
      path: v.string(),
      line: v.nullable(v.number()),
      isOutdated: v.boolean(),
      comments: v.array(commentSchema),
    }),
  ),
  stackedOn: v.nullable(v.object({ key: v.string(), number: v.number(), title: v.string() })),
});

export const pullListSchema = v.object({ prs: v.array(pullSchema) });

export const pullQuery = v.strictObject({
  project: v.optional(id),
  /** Also merged and closed ones. */
  all: v.optional(flag),
});

/** A key, percent-encoded: it holds slashes. */
export const pullParams = v.strictObject({ key: id });

export const freshQuery = v.strictObject({
  /** Look at GitHub first. */
  fresh: v.optional(flag),
});

export const checksQuery = v.strictObject({
  ...freshQuery.entries,
  /** Also the end of the logs of failed checks. */
  log: v.optional(flag),
});

export const checksSchema = v.object({
  key: v.string(),
  number: v.number(),
  headSha: v.string(),
  ci: v.string(),
  checks: v.array(v.object({ ...checkSchema.entries, logTail: v.optional(v.string()) })),
});

export const mergeBody = v.strictObject({
  /** The head that was shown: nothing else is merged. At least its first seven digits. */
  headSha: v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{7,40}$/, "expected a commit id")),
  method: v.optional(v.picklist(["merge", "squash", "rebase"])),
  /** Leave checks, reviews and threads to the rules on GitHub. */
  force: v.optional(v.boolean(), false),
});

export const mergedSchema = v.object({
  pull: pullSchema,
  /** Null when somebody else had merged it meanwhile. */
  method: v.nullable(v.string()),
  mergeSha: v.nullable(v.string()),
});

export const resolveBody = v.strictObject({
  /** Ids of threads, or `all` that are open. */
  threads: v.union([v.literal("all"), v.pipe(v.array(id), v.nonEmpty(), v.maxLength(500))]),
});

export const resolvedSchema = v.object({
  pull: pullSchema,
  resolved: texts,
  unchanged: texts,
  /** Threads that are open still. */
  open: texts,
});

export const claimBody = v.strictObject({
  /** A number, `#number`, or the address of the pull request. */
  pr: v.pipe(v.string(), v.maxLength(1024)),
  /** Whether a session that has not ended may lose it. */
  allowTakeover: v.optional(v.boolean(), true),
  /** Put the session's worktree on a branch at the pull request's head. */
  checkout: v.optional(v.boolean(), true),
});
