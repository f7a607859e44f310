import * as v from "valibot";

import { prLadder } from "../../domain/pr.ts";
import { permissionModes } from "../../domain/session.ts";
import { runtimeNames } from "../../runtime/port.ts";
import { count, flag, id, names, time, words } from "./parts.ts";

const maybe = v.nullable(v.string());

export const statusSchema = v.picklist([
  "spawning",
  "working",
  "idle",
  "needs_approval",
  "needs_input",
  "stuck",
  "detecting",
  "exited",
  "no_signal",
  "unknown",
  ...prLadder,
  "merged",
  "done",
  "failed",
  "killed",
  "lost",
]);

export const sessionSchema = v.object({
  id: v.string(),
  projectId: v.string(),
  title: v.string(),
  agent: v.string(),
  model: maybe,
  mode: v.string(),
  runtime: v.string(),
  branch: v.string(),
  baseRef: v.string(),
  baseSha: v.string(),
  worktreePath: v.string(),
  status: statusSchema,
  prStatus: v.nullable(v.picklist([...prLadder, "merged", "closed"])),
  activity: v.string(),
  activityDetail: v.nullable(v.object({ kind: v.string(), text: v.string() })),
  activityAt: time,
  isTerminated: v.boolean(),
  terminationReason: maybe,
  exitCode: v.nullable(v.number()),
  exitSignal: maybe,
  agentSessionId: maybe,
  issue: maybe,
  escrowRef: maybe,
  isPurged: v.boolean(),
  createdAt: time,
  updatedAt: time,
  prs: v.array(
    v.object({
      url: v.string(),
      number: v.number(),
      title: v.string(),
      state: v.string(),
      ci: v.string(),
      review: v.string(),
      mergeability: v.string(),
    }),
  ),
});

export const sessionListSchema = v.object({ sessions: v.array(sessionSchema) });

export const sessionParams = v.strictObject({ id });

export const sessionQuery = v.strictObject({
  project: v.optional(id),
  /** Also sessions that have ended. */
  all: v.optional(flag),
  /** Only these statuses, with commas between. */
  status: v.optional(names),
  agent: v.optional(id),
});

export const spawnBody = v.strictObject({
  projectId: id,
  /** The task. */
  prompt: v.optional(v.pipe(v.string(), v.maxBytes(1024 * 1024)), ""),
  agent: v.optional(id),
  model: v.optional(words),
  mode: v.optional(v.picklist(permissionModes)),
  base: v.optional(words),
  branch: v.optional(words),
  /** Issue to work on: its texts go into the task. */
  issue: v.optional(words),
  title: v.optional(v.pipe(words, v.maxLength(200))),
  runtime: v.optional(v.picklist(runtimeNames)),
  /** The command line of the agent `command`. */
  command: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxBytes(64 * 1024))),
  /** The pull request that the session shall own and start from. */
  claimPr: v.optional(words),
  /** Whether a session that has not ended may lose it. */
  allowTakeover: v.optional(v.boolean(), true),
});

export const renameBody = v.strictObject({
  title: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(200)),
});

export const purgeBody = v.strictObject({ purge: v.optional(v.boolean(), false) });

export const killedSchema = v.object({
  ...sessionSchema.entries,
  /** Processes that could not be ended. */
  survivors: v.array(v.number()),
  /** Why the work is not in escrow; it is still in the worktree. */
  escrowError: maybe,
});

export const restoredSchema = v.object({
  ...sessionSchema.entries,
  /** Whether the agent's own conversation goes on, or the task starts anew. */
  conversation: v.picklist(["native", "fresh"]),
});

export const cleanedSchema = v.object({
  sessionId: v.string(),
  outcome: v.picklist(["removed", "kept", "gone"]),
  reason: maybe,
  hint: maybe,
  escrowRef: maybe,
});

export const removedSchema = v.object({ id: v.string(), isRemoved: v.boolean() });

export const promptSchema = v.object({ id: v.string(), prompt: v.string() });

export const screenSchema = v.object({
  id: v.string(),
  /** False when output was lost, so that this may not be what it shows. */
  isComplete: v.boolean(),
  columns: v.number(),
  rows: v.number(),
  cursor: v.object({ column: v.number(), row: v.number() }),
  isAlternate: v.boolean(),
  lines: v.array(v.string()),
});

export const logsQuery = v.strictObject({ lines: v.optional(count(1, 10_000)) });

export const logsSchema = v.object({ id: v.string(), lines: v.array(v.string()) });

export const diffQuery = v.strictObject({
  /** Only a summary per file. */
  stat: v.optional(flag),
});

export const diffSchema = v.object({
  id: v.string(),
  files: v.number(),
  additions: v.number(),
  deletions: v.number(),
  diff: v.string(),
});

export const whySchema = v.object({
  sessionId: v.string(),
  status: statusSchema,
  /** The rule that turned the evidence into the status. */
  rule: v.string(),
  evidence: v.array(
    v.object({ source: v.string(), verdict: v.string(), detail: v.string(), at: time }),
  ),
  contradictions: v.array(v.string()),
  operation: v.nullable(v.object({ kind: v.string(), step: v.string(), ownerPid: v.number() })),
  messages: v.array(
    v.object({
      id: v.string(),
      state: v.string(),
      error: maybe,
      source: v.string(),
      text: v.string(),
    }),
  ),
});

export const approveBody = v.strictObject({
  /** Refuse instead of allowing this once. */
  deny: v.optional(v.boolean(), false),
  /** What was shown, as `activityDetail.text`: anything else that is asked now is not answered. */
  asked: v.optional(v.string()),
});

export const approvedSchema = v.object({
  sessionId: v.string(),
  isAllowed: v.boolean(),
  /** What was asked, as far as it is known. */
  asked: v.string(),
  /** Whether the dialog was seen to go away. */
  isAnswered: v.boolean(),
});
