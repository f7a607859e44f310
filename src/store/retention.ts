import { cursorAt, logBounds } from "./event.ts";
import type { Fence, Reader, Store } from "./store.ts";

/** How much of the log is kept; whatever is reached first. */
export interface RetentionLimits {
  ageMs: number;
  rows: number;
  bytes: number;
}

export const retentionDefaults: RetentionLimits = {
  ageMs: 30 * 24 * 3_600_000,
  rows: 500_000,
  bytes: 128 * 1024 * 1024,
};

/** Rows deleted in one transaction, so that a writer never waits long. */
const batchRows = 2_000;

/** Columns, index entries and page overhead of an event, besides its payload. */
const rowOverheadBytes = 120;

/**
 * Forgets the oldest events beyond the limits, at most `batches` small transactions a call, and
 * raises the floor with each. Returns whether more is left to forget.
 */
export function forgetEvents(
  store: Store,
  limits: RetentionLimits,
  now: number,
  options: { batches: number; fence?: Fence },
): boolean {
  for (let batch = 0; batch < options.batches; batch++) {
    const { floor } = logBounds(store);
    const target = retentionFloor(store, limits, now);
    if (target <= floor) return false;
    const through = Math.min(target, floor + batchRows);
    store.write((tx) => {
      tx.change("eventDeleteThrough", { seq: through });
      tx.change("floorRaise", { floor: through });
    }, options.fence);
  }
  return true;
}

/** Forgets what ended before `before`: operations, leases of deliveries, notifications. */
export function forgetFinished(store: Store, before: number, fence?: Fence): void {
  store.write((tx) => {
    tx.change("operationForget", { before });
    tx.change("leaseForget", { before });
    tx.change("notificationForget", { before });
  }, fence);
}

/** The lowest cursor that the limits allow. Bytes are estimated from the newest 1,000 payloads. */
function retentionFloor(reader: Reader, limits: RetentionLimits, now: number): number {
  const { floor, head } = logBounds(reader);
  const sample = reader.one<{ bytes: number }>("eventSampleBytes")?.bytes ?? 0;
  const rows = Math.min(limits.rows, Math.floor(limits.bytes / (sample + rowOverheadBytes)));
  return Math.max(floor, head - rows, cursorAt(reader, now - limits.ageMs));
}
