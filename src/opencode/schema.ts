import * as v from "valibot";

/** A conversation, which opencode calls a session. */
export const conversationSchema = v.object({
  id: v.string(),
  /** Of the conversation that began this one for a sub-agent; missing for a person's. */
  parentID: v.optional(v.string()),
  metadata: v.optional(v.record(v.string(), v.unknown())),
});

export const conversationsSchema = v.array(conversationSchema);

/** A message with its parts; only what a receipt needs. */
export const messagesSchema = v.array(
  v.object({
    info: v.object({ id: v.string(), role: v.string() }),
    parts: v.array(v.object({ metadata: v.optional(v.record(v.string(), v.unknown())) })),
  }),
);

/** Conversations that are at work, by id; one that is idle is missing. */
export const statusesSchema = v.record(v.string(), v.object({ type: v.string() }));

/** A permission that an agent waits for. */
export const permissionSchema = v.object({
  id: v.string(),
  sessionID: v.string(),
  permission: v.string(),
  patterns: v.optional(v.array(v.string()), []),
});

export type PendingPermission = v.InferOutput<typeof permissionSchema>;

export const permissionsSchema = v.array(permissionSchema);

/** Questions of an agent to its person. */
export const questionsSchema = v.array(v.looseObject({ id: v.string(), sessionID: v.string() }));

/** One event of the stream. */
export const eventSchema = v.object({
  type: v.string(),
  properties: v.record(v.string(), v.unknown()),
});

export type OpencodeEvent = v.InferOutput<typeof eventSchema>;
