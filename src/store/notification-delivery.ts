import type { SinkName } from "../domain/notification.ts";
import type { ProcessIdentity } from "../process/identity.ts";
import type { ListedNotification } from "./notification.ts";
import type { Reader, Transaction } from "./store.ts";

/** Older than this, what nobody was told of is only listed. */
const tellableMs = 24 * 3_600_000;

/** Attempts for one notification, and the pause after the first; it grows with their square. */
const attempts = 3;
const retryMs = 5_000;

/** Notifications in one message at most; what is beyond comes with the next one. */
const largestBatch = 500;

const minuteMs = 60_000;

/** What a sink is to be told of. */
export interface DeliveryWish {
  sink: SinkName;
  /** Only these kinds; undefined: all. */
  kinds: readonly string[] | undefined;
}

/** Notifications that a sink was not told of yet, oldest first. */
export function waitingFor(
  reader: Reader,
  { sink, kinds }: DeliveryWish,
  now: number,
): ListedNotification[] {
  return reader.all<ListedNotification>("deliveryWaiting", {
    sink,
    kinds: kinds ? JSON.stringify(kinds) : null,
    since: now - tellableMs,
    attempts,
    retryMs,
    now,
    limit: largestBatch,
  });
}

/**
 * Takes all that waits as one batch, and notes the attempt before it is made. Undefined when
 * nothing waits, when the youngest may still get company (`windowMs` after the first one), when
 * another batch is on its way, or after `perMinute` messages within a minute.
 */
export function beginDelivery(
  tx: Transaction,
  wish: DeliveryWish,
  options: { batch: string; owner: ProcessIdentity; windowMs: number; perMinute: number },
): ListedNotification[] | undefined {
  const { sink } = wish;
  const { batch, owner, windowMs, perMinute } = options;
  if (openDeliveries(tx).some((open) => open.sink === sink)) return undefined;
  const since = tx.now - minuteMs;
  const sent = tx.one<{ count: number }>("deliveryMessagesSince", { sink, since })?.count ?? 0;
  if (sent >= perMinute) return undefined;
  const waiting = waitingFor(tx, wish, tx.now);
  const [first] = waiting;
  if (!first || first.createdAt + windowMs > tx.now) return undefined;
  for (const { id: notificationId } of waiting) {
    const { pid: ownerPid, start: ownerStart } = owner;
    const now = tx.now;
    tx.change("deliveryBegin", { sink, notificationId, batch, ownerPid, ownerStart, now });
  }
  return waiting;
}

/** How an attempt ended. `unconfirmed`: it may have been told, so it is not told again. */
export interface DeliveryEnd {
  state: "sent" | "failed" | "unconfirmed";
  error: string | null;
}

/** Notes how a batch ended; one that was ended already stays as it is. */
export function endDelivery(
  tx: Transaction,
  batch: Pick<OpenDelivery, "sink" | "batch">,
  end: DeliveryEnd,
): void {
  tx.change("deliveryEnd", { ...batch, ...end, now: tx.now });
}

/** A batch that was begun and not ended. */
export interface OpenDelivery {
  sink: SinkName;
  batch: string;
  ownerPid: number;
  ownerStart: string;
  startedAt: number;
}

/** Batches that are on their way, or were when their process ended. */
export function openDeliveries(reader: Reader): OpenDelivery[] {
  return reader.all<OpenDelivery>("deliveryOpen");
}

/** What a sink did not deliver since a time: how many, when last, and why. */
export function failedDeliveries(
  reader: Reader,
  since: number,
): { sink: SinkName; count: number; at: number; error: string }[] {
  return reader.all("deliveryFailures", { since });
}
