import * as v from "valibot";

import { flag, id, time } from "./parts.ts";

const maybe = v.nullable(v.string());

export const notificationSchema = v.object({
  id: v.string(),
  type: v.string(),
  projectId: v.string(),
  sessionId: maybe,
  prKey: maybe,
  prUrl: maybe,
  title: v.string(),
  body: v.string(),
  createdAt: time,
  /** When it was marked as read. */
  seenAt: v.nullable(time),
  /** When what it tells of was over. */
  resolvedAt: v.nullable(time),
});

/** Newest first. */
export const notificationListSchema = v.object({ notifications: v.array(notificationSchema) });

export const notificationQuery = v.strictObject({
  project: v.optional(id),
  /** Also what was read, and what is over. */
  all: v.optional(flag),
});

export const notificationParams = v.strictObject({ id });

export const readAllBody = v.strictObject({
  /** Only of this project. */
  projectId: v.optional(id),
});

/** Ids of what was not read before. */
export const readSchema = v.object({ read: v.array(v.string()) });
