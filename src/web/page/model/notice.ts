/** Something that a person should know. */
export interface Notification {
  id: string;
  type: string;
  projectId: string;
  sessionId: string | null;
  prKey: string | null;
  prUrl?: string | null;
  title: string;
  body: string;
  createdAt: string;
  seenAt: string | null;
  resolvedAt: string | null;
}

/** Neither read nor over. */
export function isWaiting({ seenAt, resolvedAt }: Notification): boolean {
  return seenAt === null && resolvedAt === null;
}
