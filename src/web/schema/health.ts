import * as v from "valibot";

import { time } from "./parts.ts";

export const healthSchema = v.object({
  status: v.literal("ok"),
  name: v.literal("ao"),
  version: v.string(),
  pid: v.number(),
});

/** What is not ready is answered with 503, and the same fields in `details`. */
export const readySchema = v.object({
  isReady: v.literal(true),
  store: v.object({ epoch: v.string(), floor: v.number(), head: v.number() }),
  loops: v.object({
    /** The process that runs the loops. */
    leaderPid: v.number(),
    /** Whether that is the daemon. */
    isLeader: v.boolean(),
    /** What of them makes no progress. */
    hung: v.nullable(v.string()),
    /** The last pass of each loop of this process. */
    passes: v.array(
      v.object({
        name: v.string(),
        startedAt: time,
        isRunning: v.boolean(),
        /** What its last pass failed with. */
        error: v.nullable(v.string()),
      }),
    ),
  }),
  streams: v.object({ open: v.number(), limit: v.number() }),
});
