import * as v from "valibot";

import { eventTypes } from "../../domain/event.ts";
import { id, names, time } from "./parts.ts";

const cursorPattern = /^(?:[0-9a-f]+\.)?\d{1,15}$/;

/** `<epoch>.<seq>`, or a bare sequence number. */
export const cursorText = v.pipe(v.string(), v.regex(cursorPattern, "expected <epoch>.<seq>"));

export const eventsQuery = v.strictObject({
  /** Events after this cursor; 0 is all that is kept, and without it only what happens from now. */
  after: v.optional(v.string()),
  project: v.optional(id),
  session: v.optional(id),
  /** Only these types, with commas between. */
  type: v.optional(
    v.pipe(
      names,
      v.everyItem((name) => Object.hasOwn(eventTypes, name), "unknown event type"),
    ),
  ),
});

/** The `data` of one event in the stream. */
export const eventSchema = v.object({
  seq: v.number(),
  at: time,
  projectId: v.string(),
  sessionId: v.optional(v.string()),
  type: v.string(),
  /** The public facts after the change, one shape per type. */
  payload: v.unknown(),
});

/** Told when a cursor points outside what the log holds; the stream goes on after it. */
export const logResetSchema = v.object({
  type: v.literal("log_reset"),
  payload: v.object({
    reason: v.picklist(["retained", "ahead", "epoch"]),
    floor: v.number(),
    head: v.number(),
    epoch: v.string(),
  }),
});

export const streamedSchema = v.union([eventSchema, logResetSchema]);
