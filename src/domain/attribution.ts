/** How strongly a head branch belongs to a session; the best one wins. */
type BranchMatch = "exact" | "below" | "namespace";

const order: readonly (BranchMatch | undefined)[] = ["exact", "below", "namespace"];

/** The sessions that a head branch can belong to, best first; longer branches fit better. */
export function candidatesFor<S extends { id: string; branch: string }>(
  headRef: string,
  sessions: readonly S[],
): S[] {
  const rank = (session: S) => order.indexOf(matchBranch(headRef, session));
  return sessions
    .filter((session) => rank(session) >= 0)
    .sort((one, other) => rank(one) - rank(other) || other.branch.length - one.branch.length);
}

/**
 * Whether a head branch is a session's: its own branch, one below it (`<branch>/…`), or one in
 * its namespace (`ao/<id>/…`). Names are hints: the head commit must be known to the worktree too.
 */
function matchBranch(
  headRef: string,
  session: { id: string; branch: string },
): BranchMatch | undefined {
  if (headRef === session.branch) return "exact";
  if (headRef.startsWith(`${session.branch}/`)) return "below";
  return headRef.startsWith(`ao/${session.id}/`) ? "namespace" : undefined;
}
