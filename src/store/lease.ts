import { probeIdentity, type ProcessIdentity } from "../process/identity.ts";
import type { Fence, Reader, Store } from "./store.ts";

/** A lease as stored. Times are Unix milliseconds. */
export interface Lease {
  name: string;
  ownerPid: number;
  ownerStart: string;
  token: number;
  acquiredAt: number;
  expiresAt: number;
}

/** Reads a lease, held or not. */
export function findLease(reader: Reader, name: string): Lease | undefined {
  return reader.one<Lease>("leaseGet", { name });
}

/** Whether somebody holds it: not expired, and its owner's process still runs. */
export function isHeld(lease: Lease | undefined, now: number): boolean {
  if (!lease || lease.expiresAt <= now) return false;
  const owner = { pid: lease.ownerPid, start: lease.ownerStart };
  // A probe that breaks proves nothing, so the lease lives until it expires.
  return probeIdentity(owner) !== "dead";
}

/**
 * Takes a free lease for `lifeMs`. The fence that it returns goes with every write made under it:
 * a process that was suspended and wakes late changes nothing.
 */
export function acquireLease(
  store: Store,
  name: string,
  owner: ProcessIdentity,
  lifeMs: number,
): Fence | undefined {
  const seen = findLease(store, name);
  // Looked at outside the transaction; token and end make sure that nobody took or renewed it.
  if (isHeld(seen, Date.now())) return undefined;
  return store.write((tx) => {
    const row = tx.one<{ token: number }>("leaseTake", {
      name,
      ownerPid: owner.pid,
      ownerStart: owner.start,
      seenToken: seen?.token ?? 0,
      seenExpiresAt: seen?.expiresAt ?? 0,
      now: tx.now,
      expiresAt: tx.now + lifeMs,
    });
    return row && { name, token: row.token };
  });
}

/** Prolongs a lease. False when it has expired or another process took it. */
export function renewLease(store: Store, fence: Fence, lifeMs: number): boolean {
  return store.write(
    (tx) => tx.change("leaseRenew", { ...fence, now: tx.now, expiresAt: tx.now + lifeMs }) > 0,
  );
}

/** Gives a lease back, so that the next one need not wait for its end. */
export function releaseLease(store: Store, fence: Fence): void {
  store.write((tx) => void tx.change("leaseRelease", { ...fence }));
}
