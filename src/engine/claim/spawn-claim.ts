import { label } from "../../domain/foreign.ts";
import { AoError } from "../../error.ts";
import { fetchPrHead, setUpstream } from "../../git/pr-branch.ts";
import { claimPr } from "../../store/claim.ts";
import { type NewSession, setBase } from "../../store/session.ts";
import type { Transaction } from "../../store/store.ts";
import type { Engine } from "../engine.ts";
import type { Journal } from "../journal.ts";
import type { SpawnRequest } from "../spawn-request.ts";
import type { SpawnData } from "../spawn.ts";
import { watchedBy, withRepository } from "../workspace.ts";
import { type ClaimTarget, lookAtPr, type PushTarget, pushTarget } from "./look.ts";
import { baseOf, ownerText, prBranch, tellDonor } from "./text.ts";

/** The pull request that a spawn shall claim, as it was seen before anything was written. */
export interface PlannedClaim {
  reference: string;
  mayTakeOver: boolean;
  target: ClaimTarget;
  push: PushTarget;
}

/**
 * Looks at the pull request that a session shall be spawned for; undefined when none is asked
 * for. Throws what a claim throws, and `usage` for what the pull request decides already.
 */
export async function planClaim(
  engine: Engine,
  { project, claim, base, branch }: SpawnRequest,
): Promise<PlannedClaim | undefined> {
  if (!claim) return undefined;
  const clash = base !== undefined ? "--base" : branch !== undefined ? "--branch" : undefined;
  if (clash) {
    const hint = `leave out \`${clash}\`: the session starts at the pull request's head`;
    throw new AoError("usage", `${clash} and --claim-pr do not go together`, hint);
  }
  const { reference, takeover: mayTakeOver } = claim;
  const target = await lookAtPr(engine, project, reference, { mayTakeOver });
  const push = await pushTarget(engine, project, target.seen);
  if (!push.isAllowed) engine.progress.note(`nothing can be pushed to ${push.name} from here`);
  return { reference, mayTakeOver, target, push };
}

/** The row of a session that works on a pull request from its first moment. */
export function claimingSession<S extends NewSession>(session: S, planned: PlannedClaim): S {
  const { push, target } = planned;
  const { seen } = target;
  const branch = prBranch(session.id, seen.number);
  const prompt = session.prompt.trim();
  const text = ownerText(seen, { branch, push });
  return { ...session, branch, prompt: prompt === "" ? text : `${prompt}\n\n${text}` };
}

/** A title for a session that got no task in words. */
export function claimTitle({ target: { seen } }: PlannedClaim): string {
  return label(`#${seen.number} ${seen.title}`, 72);
}

/** Brings the head that the worktree starts from. */
export async function bringHead(
  engine: Engine,
  journal: Journal<SpawnData>,
  { target: { seen }, push }: PlannedClaim,
): Promise<void> {
  const { root } = journal.data;
  await fetchPrHead({ ...seen, root, isOwn: push.isOwn, ...watchedBy(engine, journal) });
  const { baseRef, baseSha } = baseOf(seen);
  journal.data.baseSha = baseSha;
  const base = { ref: baseRef, sha: baseSha };
  engine.store.write((tx) => setBase(tx, journal.sessionId, base));
}

/** Sets where pushes of the new branch go. */
export async function setPush(
  engine: Engine,
  { data: { root, branch } }: Journal<SpawnData>,
  { push }: PlannedClaim,
): Promise<void> {
  await withRepository(engine, root, () => setUpstream(root, branch, push.upstream));
}

/**
 * Gives the pull request to the session and ends the spawn, in one transaction: whatever fails
 * before leaves it with its owner. Throws what a claim throws, naming the session.
 */
export async function takePr(
  engine: Engine,
  journal: Journal<SpawnData>,
  project: SpawnRequest["project"],
  { reference, mayTakeOver }: PlannedClaim,
  endSpawn: (tx: Transaction) => void,
): Promise<void> {
  const { sessionId } = journal;
  try {
    const target = await lookAtPr(engine, project, reference, { sessionId, mayTakeOver });
    const { seen } = target;
    const { takenFrom } = engine.store.write((tx) => {
      const claimed = claimPr(tx, { ...target, sessionId, mayTakeOver });
      const parties = { donor: claimed.takenFrom, owner: sessionId, operation: journal.id };
      tellDonor(tx, seen, parties);
      endSpawn(tx);
      return claimed;
    });
    if (takenFrom === null) return;
    engine.progress.note(`pull request #${seen.number} was taken over from ${takenFrom}`);
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    const what = `session ${sessionId} is not kept: ${error.message}`;
    throw new AoError(error.code, what, error.hint, { cause: error });
  }
}
