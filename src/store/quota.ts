import type { Quota } from "../domain/quota.ts";
import type { Reader, Transaction } from "./store.ts";

/** What is known of the budgets of a host; empty before the first call. */
export function readQuota(reader: Reader, host: string): Quota {
  const row = reader.one<{ value: string }>("quotaGet", { host });
  return row ? (JSON.parse(row.value) as Quota) : { spent: [] };
}

/** Stores it: one small value for each host. */
export function writeQuota(tx: Transaction, host: string, quota: Quota): void {
  tx.change("quotaSet", { host, value: JSON.stringify(quota) });
}
