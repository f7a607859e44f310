import type { PrObservation } from "../domain/observation.ts";
import { isOpen } from "../domain/pr.ts";
import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { beginFeedback, recallFeedback } from "./feedback.ts";
import { findKnownPr, writeObservation } from "./observation.ts";
import { findSession, getSession } from "./session.ts";
import type { Reader, Transaction } from "./store.ts";

/** A pull request that a session shall own, as it was just seen. */
export interface PrClaim {
  sessionId: string;
  seen: PrObservation;
  /** When the stored facts were seen that were there as the look began; undefined: none were. */
  knownAt: number | undefined;
  conflictFiles: readonly string[];
  /** Whether another session that has not ended may lose it. */
  mayTakeOver: boolean;
}

/** What a claim came to. */
export interface PrClaimed {
  /** The key that its row has; a renamed repository keeps its first one. */
  key: string;
  /** The other session that had it, whether that has ended or not. */
  takenFrom: string | null;
}

/**
 * Gives a pull request to a session: looks at both again, and changes owner and facts in one
 * statement, so that each event has the final facts and the first one too. What somebody has seen
 * later than this look stays. A new owner hears all that the old one heard. Throws `not_found`
 * and `conflict`; the caller's transaction must not go on then.
 */
export function claimPr(tx: Transaction, claim: PrClaim): PrClaimed {
  const { seen, conflictFiles } = claim;
  const session = getClaimer(tx, claim.sessionId);
  const known = findKnownPr(tx, seen);
  const isNewer = known !== undefined && known.observedAt !== claim.knownAt;
  refuseClosed(isNewer ? known : seen);
  refuseOwned(tx, claim);
  const owner = { projectId: session.projectId, sessionId: session.id };
  const key = known?.key ?? seen.key;
  if (isNewer) tx.change("claimOwner", { ...owner, key });
  else writeObservation(tx, seen, owner, conflictFiles);
  const before = known?.sessionId ?? null;
  const takenFrom = before === session.id ? null : before;
  if (before !== session.id) {
    beginFeedback(tx, { sessionId: session.id, prKey: key });
    recallFeedback(tx);
  }
  return { key, takenFrom };
}

/**
 * Writes that a session's worktree stands on a branch at a pull request's head: what it changes
 * from there on is its own work, and shall go where the pull request goes.
 */
export function setCheckout(
  tx: Transaction,
  id: string,
  { branch, ...base }: { branch: string; baseRef: string; baseSha: string },
): void {
  tx.change("claimCheckout", { id, branch, ...base, now: tx.now });
}

/** The session, when it may own pull requests. Throws `not_found`, and `conflict` with why not. */
export function getClaimer(reader: Reader, id: string): Session {
  const session = getSession(reader, id);
  if (session.isTerminated) {
    throw new AoError("conflict", `session ${id} has ended`, `ao session restore ${id}`, ended);
  }
  if (session.killRequestedAt !== null) {
    throw new AoError("conflict", `session ${id} is being ended`, `ao why ${id}`, ended);
  }
  if (session.kind === "worker") return session;
  const what = `session ${id} steers others and owns no pull request`;
  throw new AoError("conflict", what, "ao ls", { reason: "SESSION_NOT_CLAIMABLE" });
}

const ended = { reason: "SESSION_TERMINATED" };

/** Throws `conflict` for a pull request that is merged or closed; a draft is open. */
export function refuseClosed(pr: Pick<PrObservation, "number" | "state">): void {
  if (isOpen(pr)) return;
  const hint = `ao pr show ${pr.number}`;
  const facts = { reason: "PR_NOT_OPEN" };
  throw new AoError("conflict", `pull request #${pr.number} is ${pr.state}`, hint, facts);
}

/** Throws `conflict`, naming the owner, when that is another live session that keeps it. */
export function refuseOwned(
  reader: Reader,
  { seen, sessionId, mayTakeOver }: Pick<PrClaim, "seen" | "mayTakeOver"> & { sessionId?: string },
): void {
  const owner = findKnownPr(reader, seen)?.sessionId ?? null;
  if (mayTakeOver || owner === null || owner === sessionId) return;
  if (findSession(reader, owner)?.isTerminated ?? true) return;
  const hint = "leave out `--no-takeover` to take it";
  throw new AoError("conflict", `pull request #${seen.number} belongs to session ${owner}`, hint, {
    reason: "PR_CLAIMED_BY_ACTIVE_SESSION",
    details: { ownerSessionId: owner },
  });
}
