import { existsSync } from "node:fs";

import type { Session } from "../../domain/session.ts";
import { AoError } from "../../error.ts";
import {
  type CheckoutPlan,
  cleanHead,
  enterBranch,
  fetchPrHead,
  leaveBranch,
  makeBranch,
  planCheckout,
  setUpstream,
  unmakeBranch,
} from "../../git/pr-branch.ts";
import { isRegistered } from "../../git/worktree.ts";
import {
  claimPr as claimStored,
  getClaimer,
  type PrClaimed,
  setCheckout,
} from "../../store/claim.ts";
import { queueMessage } from "../../store/message.ts";
import type { Operation } from "../../store/operation.ts";
import { getProject, type Project } from "../../store/project.ts";
import type { Transaction } from "../../store/store.ts";
import type { Engine } from "../engine.ts";
import {
  adoptedJournal,
  beginOperation,
  begunSteps,
  type Journal,
  type JournalData,
  seeThrough,
  type Step,
  takeSteps,
  undoSteps,
} from "../journal.ts";
import { startDelivery } from "../pass.ts";
import { type SessionView, sessionView } from "../view.ts";
import { excludesOf, settleChildren, watchedBy, withRepository } from "../workspace.ts";
import { type ClaimTarget, lookAtPr, type PushTarget, pushTarget } from "./look.ts";
import { baseOf, ownerText, prBranch, tellDonor } from "./text.ts";

export interface ClaimOptions {
  /** Another session that has not ended may lose it. */
  takeover: boolean;
  /** Put the session's worktree on a branch at the pull request's head. */
  checkout: boolean;
}

export interface ClaimResult {
  sessionId: string;
  /** The session's pull requests, the claimed one first. */
  prs: SessionView["prs"];
  /** The worktree stands on another branch than before. */
  branchChanged: boolean;
  /** The session that had it, if another one had. */
  takenOverFrom: string[];
  branch: string;
  /** Where pushes go; null without a checkout. */
  push: { name: string; isAllowed: boolean } | null;
}

interface ClaimData extends JournalData {
  root: string;
  worktree: string;
  /** What the checkout changes; null until that is known, and without a checkout. */
  plan: CheckoutPlan | null;
  /** Why the worktree could not be put back: somebody has worked in it since. */
  kept?: string;
}

interface ClaimContext {
  engine: Engine;
  journal: Journal<ClaimData>;
  /** Absent while a dead process's claim is undone. */
  start?: {
    session: Session;
    target: ClaimTarget;
    push: PushTarget | null;
    takeover: boolean;
    outcome?: PrClaimed;
  };
}

/**
 * Gives an open pull request of the project's repository to a session: checks its head out in the
 * session's worktree, and moves it with all its facts in one transaction that looks at both again.
 * Throws `not_found`, `usage`, `conflict`, `unavailable`; then everything is as before.
 */
export async function claimPr(
  engine: Engine,
  sessionId: string,
  reference: string,
  { takeover, checkout }: ClaimOptions,
): Promise<ClaimResult> {
  const session = getClaimer(engine.store, sessionId);
  const project = getProject(engine.store, session.projectId);
  await refuseUnfit(engine, project, session, checkout);
  const owner = { sessionId, mayTakeOver: takeover };
  const target = await lookAtPr(engine, project, reference, owner);
  const push = checkout ? await pushTarget(engine, project, target.seen) : null;
  const journal = begin(engine, project, session);
  const start: ClaimContext["start"] = { session, target, push, takeover };
  const context = { engine, journal, start };
  const steps = claimSteps.filter(({ name }) => checkout || !checkoutSteps.includes(name));
  await seeThrough(journal, () =>
    takeSteps(engine, journal, steps, context, (error) => close(context, error)),
  );
  await startDelivery(engine);
  return resultOf(engine, session, journal.data, start);
}

/** Undoes a claim whose process died before it was complete. */
export async function undoClaim(engine: Engine, operation: Operation): Promise<void> {
  const journal = adoptedJournal(engine, operation, (data) => data as ClaimData);
  const context = { engine, journal };
  await settleChildren(journal);
  await undoSteps(journal, begunSteps(claimSteps, operation.step), context);
  finish(context, "its process died");
}

/** The steps of a claim; undone in reverse from the one that was recorded last. */
export const claimSteps: readonly Step<ClaimContext>[] = [
  { name: "intent", run: () => {} },
  { name: "fetch", label: "fetch the pull request", run: fetchHead },
  { name: "branch", run: addBranch, undo: removeBranch },
  { name: "checkout", label: "check it out", run: enter, undo: leave },
  // All of it is one transaction, which ends the operation too.
  { name: "move", run: move },
];

const checkoutSteps = ["fetch", "branch", "checkout"];

async function refuseUnfit(
  engine: Engine,
  { path: root }: Project,
  { id, worktreePath: worktree }: Session,
  checkout: boolean,
): Promise<void> {
  if (!existsSync(worktree) || !isRegistered(root, worktree)) {
    const facts = { reason: "SESSION_NO_WORKSPACE" };
    throw new AoError("conflict", `session ${id} has no worktree`, `ao why ${id}`, facts);
  }
  if (checkout) await cleanHead({ root, worktree, env: excludesOf(engine, id) });
}

function begin(engine: Engine, project: Project, session: Session): Journal<ClaimData> {
  const { id: sessionId, projectId, worktreePath: worktree } = session;
  const data: ClaimData = { root: project.path, worktree, plan: null };
  return engine.store.write((tx) => {
    getClaimer(tx, sessionId);
    return beginOperation(engine, tx, {
      kind: "claim",
      sessionId,
      projectId,
      step: "intent",
      data,
    });
  });
}

/** An undone claim whose worktree could not be put back says so in its error. */
function close(context: ClaimContext, error: string): void {
  finish(context, error);
  const { kept, plan } = context.journal.data;
  if (kept === undefined) return;
  const { sessionId } = context.journal;
  const stays = `the worktree of ${sessionId} stays on branch ${plan?.branch}: ${kept}`;
  throw new AoError("failed", `${error}; ${stays}`, `ao diff ${sessionId}`);
}

function finish({ engine, journal }: ClaimContext, error: string): void {
  const { kept } = journal.data;
  const text = kept === undefined ? error : `${error}; ${kept}`;
  engine.store.write((tx) => journal.finish(tx, text));
}

async function fetchHead({ engine, journal, start }: ClaimContext): Promise<void> {
  if (!start?.push) return;
  const { seen } = start.target;
  const head = { root: journal.data.root, isOwn: start.push.isOwn };
  await fetchPrHead({ ...seen, ...head, ...watchedBy(engine, journal) });
}

async function addBranch({ engine, journal, start }: ClaimContext): Promise<void> {
  if (!start?.push) return;
  const { seen } = start.target;
  const { upstream } = start.push;
  const { root } = journal.data;
  const branch = prBranch(journal.sessionId, seen.number);
  await withRepository(engine, root, async () => {
    const plan = await planCheckout(placeOf(engine, journal), { branch, headSha: seen.headSha });
    journal.data.plan = plan;
    journal.note();
    await makeBranch(root, { ...plan, ...watchedBy(engine, journal) });
    await setUpstream(root, branch, upstream);
  });
}

async function removeBranch({ engine, journal }: ClaimContext): Promise<void> {
  const { root, plan } = journal.data;
  if (!plan) return;
  await withRepository(engine, root, () => unmakeBranch(root, plan));
}

async function enter({ engine, journal }: ClaimContext): Promise<void> {
  const { root, plan } = journal.data;
  if (!plan) return;
  const watched = { ...plan, ...watchedBy(engine, journal) };
  await withRepository(engine, root, () => enterBranch(placeOf(engine, journal), watched));
}

async function leave({ engine, journal }: ClaimContext): Promise<void> {
  const { root, plan } = journal.data;
  if (!plan) return;
  await settleChildren(journal);
  const back = () => leaveBranch(placeOf(engine, journal), plan);
  const kept = await withRepository(engine, root, back);
  if (kept !== undefined) journal.data.kept = kept;
}

function placeOf(engine: Engine, { sessionId, data }: Journal<ClaimData>) {
  return { root: data.root, worktree: data.worktree, env: excludesOf(engine, sessionId) };
}

function move({ engine, journal, start }: ClaimContext): void {
  if (!start) return;
  const { sessionId } = journal;
  const { plan } = journal.data;
  const { target, takeover: mayTakeOver } = start;
  start.outcome = engine.store.write((tx) => {
    const claimed = claimStored(tx, { ...target, sessionId, mayTakeOver });
    if (plan) setCheckout(tx, sessionId, { branch: plan.branch, ...baseOf(target.seen) });
    tellAgents(tx, journal, start, claimed);
    journal.finish(tx);
    return claimed;
  });
}

function tellAgents(
  tx: Transaction,
  { id: operation, sessionId, data }: Journal<ClaimData>,
  { target: { seen }, push }: NonNullable<ClaimContext["start"]>,
  { takenFrom: donor }: PrClaimed,
): void {
  const stand = data.plan && push ? { branch: data.plan.branch, push } : null;
  const text = { source: "engine" as const, body: ownerText(seen, stand) };
  const id = crypto.randomUUID();
  queueMessage(tx, { id, sessionId, dedupeKey: `claim ${operation}`, ...text });
  tellDonor(tx, seen, { donor, owner: sessionId, operation });
}

function resultOf(
  engine: Engine,
  { id: sessionId, branch: before }: Session,
  { plan }: ClaimData,
  { target, push, outcome }: NonNullable<ClaimContext["start"]>,
): ClaimResult {
  const prs = prsClaimedFirst(engine, sessionId, target.seen.number);
  const branch = plan?.branch ?? before;
  const takenFrom = outcome?.takenFrom ?? null;
  return {
    ...{ sessionId, prs, branch },
    branchChanged: plan !== null && plan.before.branch !== plan.branch,
    takenOverFrom: takenFrom === null ? [] : [takenFrom],
    push: push && { name: push.name, isAllowed: push.isAllowed },
  };
}

/** The pull requests of a session, one of them first. */
function prsClaimedFirst(engine: Engine, sessionId: string, number: number): ClaimResult["prs"] {
  const { prs } = sessionView(engine, sessionId);
  const isClaimed = (pr: { number: number }) => pr.number === number;
  return [...prs.filter(isClaimed), ...prs.filter((pr) => !isClaimed(pr))];
}
