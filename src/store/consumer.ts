import type { Cursor } from "../domain/event.ts";
import type { Reader, Transaction } from "./store.ts";

/** Where a named consumer has acknowledged, or undefined when it never has. */
export function consumerCursor(reader: Reader, name: string): Required<Cursor> | undefined {
  return reader.one<Required<Cursor>>("consumerGet", { name });
}

/** Acknowledges everything up to a sequence number; an older one than before changes nothing. */
export function acknowledge(tx: Transaction, name: string, cursor: Required<Cursor>): void {
  const { epoch, seq } = cursor;
  tx.change("consumerAcknowledge", { name, epoch: epoch ?? "", seq, now: tx.now });
}

/** Moves a consumer to a place in the log after it was told of a gap. */
export function resetConsumer(tx: Transaction, name: string, cursor: Required<Cursor>): void {
  const { epoch, seq } = cursor;
  tx.change("consumerReset", { name, epoch: epoch ?? "", seq, now: tx.now });
}
