/** How strongly a head branch belongs to a session; the best one wins. */
export type BranchMatch = "exact" | "below" | "namespace";

/**
 * Whether a head branch is a session's: its own branch, one below it (`<branch>/…`), or one in
 * its namespace (`ao/<id>/…`). Names are hints: the head commit must be known to the worktree too.
 */
export function matchBranch(
  headRef: string,
  session: { id: string; branch: string },
): BranchMatch | undefined {
  if (headRef === session.branch) return "exact";
  if (headRef.startsWith(`${session.branch}/`)) return "below";
  return headRef.startsWith(`ao/${session.id}/`) ? "namespace" : undefined;
}

const order: readonly BranchMatch[] = ["exact", "below", "namespace"];

/** The session that a head branch fits best, or undefined. */
export function bestSession<S extends { id: string; branch: string }>(
  headRef: string,
  sessions: readonly S[],
): S | undefined {
  for (const wanted of order) {
    const found = sessions.find((session) => matchBranch(headRef, session) === wanted);
    if (found) return found;
  }
  return undefined;
}
