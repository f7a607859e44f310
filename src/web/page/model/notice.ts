import type { InferOutput } from "valibot";

import type { notificationSchema } from "../../schema/notification.ts";

/** Something that a person should know. */
export type Notification = InferOutput<typeof notificationSchema>;

/** Neither read nor over. */
export function isWaiting({ seenAt, resolvedAt }: Notification): boolean {
  return seenAt === null && resolvedAt === null;
}
