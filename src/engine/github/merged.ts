import type { Session } from "../../domain/session.ts";
import { AoError } from "../../error.ts";
import { chooseBase } from "../../git/base.ts";
import { isMergedByContent } from "../../git/merged.ts";
import { type Feedback, feedbackOf, saveFeedback } from "../../store/feedback.ts";
import { prsOfSession } from "../../store/pr.ts";
import type { Project } from "../../store/project.ts";
import type { Reader, Transaction } from "../../store/store.ts";
import type { Engine } from "../engine.ts";

/** Whether a commit of a session is in what it was made for. Asks origin once for each branch. */
export type MergedCheck = (session: Session, project: Project, commit: string) => Promise<boolean>;

/**
 * Judges by content whether work was merged: into the session's base, or into the base of a merged
 * pull request. What was merged on the far side is not here yet, so a branch that does not have
 * the work is fetched before it is believed; offline, what is known here counts.
 */
export function mergedCheck(engine: Engine): MergedCheck {
  const fetched = new Map<string, Promise<string | undefined>>();
  return async (session, { path: root, defaultBranch }, commit) => {
    const isIn = (into: string) => isMergedByContent({ root, commit, into });
    if (commit === session.baseSha || (await isIn(session.baseRef))) return true;
    const merged = prsOfSession(engine.store, session.id).filter(({ state }) => state === "merged");
    const bases = [session.baseRef, ...merged.map(({ baseRef }) => `origin/${baseRef}`)];
    for (const base of new Set(bases)) {
      const key = `${root}\n${base}`;
      const tip = fetched.get(key) ?? fetchTip(engine, { root, defaultBranch, base });
      fetched.set(key, tip);
      const sha = await tip;
      if (sha !== undefined && (await isIn(sha))) return true;
    }
    return false;
  };
}

/** What was remembered of the merged pull requests of a session; 0 attempts: it goes on so far. */
export function mergedOf(reader: Reader, sessionId: string): Feedback[] {
  return prsOfSession(reader, sessionId)
    .filter(({ state }) => state === "merged")
    .map(({ key: prKey }) => feedbackOf(reader, { sessionId, prKey }).get("pr_merged"))
    .filter((known) => known !== undefined)
    .filter(({ signature }) => signature !== "");
}

/** Notes that a session was ended for what was merged: once it is restored, it stays. */
export function settleMerged(tx: Transaction, sessionId: string): void {
  for (const known of mergedOf(tx, sessionId)) saveFeedback(tx, { ...known, attempts: 1 });
}

/** The commit of a branch as origin has it now, or as it is known here. */
async function fetchTip(
  { interrupt: signal }: Engine,
  where: { root: string; defaultBranch: string; base: string },
): Promise<string | undefined> {
  try {
    return (await chooseBase({ ...where, signal })).sha;
  } catch (error) {
    if (!(error instanceof AoError) || error.code === "interrupted") throw error;
    return undefined;
  }
}
