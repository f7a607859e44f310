import { isReadyToMerge } from "../../domain/observation.ts";
import { mayGetChecks } from "../../domain/pace.ts";
import { isOpen } from "../../domain/pr.ts";
import type { AgentReaction, PersonReaction } from "../../domain/reaction.ts";
import { type Feedback, feedbackOf, forgetFeedback, saveFeedback } from "../../store/feedback.ts";
import { openNotification, resolveNotification } from "../../store/notification.ts";
import type { PrRow } from "../../store/observation.ts";
import { openOperationOf } from "../../store/operation.ts";
import { prsOfSession } from "../../store/pr.ts";
import type { Reader, Transaction } from "../../store/store.ts";
import type { Engine } from "../engine.ts";
import { kill } from "../kill.ts";
import type { Scene } from "./feedback.ts";
import { mergedOf } from "./merged.ts";

/**
 * Tells the person what a pull request's state means for them: ready, merged, closed; each once,
 * and resolved when it is over. True when its session is to end now, because all is merged.
 */
export function tellPerson(tx: Transaction, scene: Scene): boolean {
  tellReady(tx, scene);
  tellEnd(tx, scene, "merged");
  tellEnd(tx, scene, "closed");
  return scene.pr.state === "merged" && isToEnd(tx, scene);
}

/** Ends a session whose pull requests are merged, once: a person may bring it back. */
export async function endMerged(engine: Engine, sessionId: string): Promise<void> {
  // Somebody is at it already; the next pass looks again.
  if (openOperationOf(engine.store, sessionId)) return;
  await kill(engine, sessionId, { reason: "pr_merged" });
}

/** Tells the person that an agent could not be helped by telling it again; takes that back. */
export function tellOfEscalation(
  tx: Transaction,
  { pr, session, config }: Scene,
  escalated: readonly AgentReaction[],
  { isNew, rows }: { isNew: boolean; rows: ReadonlyMap<string, Feedback> },
): void {
  const type = "feedback_escalated";
  const about = { projectId: pr.projectId, sessionId: session.id, prKey: pr.key };
  if (escalated.length > 0 && !isNew) return;
  // What is open names less than there is now.
  resolveNotification(tx, type, about);
  if (escalated.length === 0 || config.reactions?.[type]?.auto === false) return;
  const what = escalated.map((reaction) => troubles[reaction]).join(", ");
  const told = escalated.map((reaction) => {
    const times = rows.get(reaction)?.attempts ?? 0;
    const often = times === 1 ? "once" : `${times} times`;
    return times === 0 ? "not told to the agent" : `told to the agent ${often}`;
  });
  openNotification(tx, {
    ...{ ...about, type },
    title: `${session.id} needs you: ${what} on #${pr.number}`,
    body: `${[...new Set(told)].join(", ")}; ${pr.url}`,
  });
}

const troubles: Record<AgentReaction, string> = {
  ci_failed: "CI fails",
  changes_requested: "reviewers wait",
  merge_conflict: "a merge conflict",
};

/** Once for each head commit, however often it stops being so in between. */
function tellReady(tx: Transaction, { pr, session, config }: Scene): void {
  const type = "ready_to_merge";
  const about = { projectId: pr.projectId, sessionId: session.id, prKey: pr.key };
  const isEarly = mayGetChecks(pr, tx.now);
  const isReady = isReadyToMerge(pr, pr.unresolvedThreads) && !isEarly;
  const known = knownOf(tx, { pr, session }, type);
  const isNew = isReady && known?.signature !== pr.headSha;
  // While GitHub computes, what was known stays.
  const isUnknown = pr.ci === "unknown" || pr.mergeability === "unknown";
  const isUnclear = isOpen(pr) && (isUnknown || isEarly);
  const isSameHead = known?.signature === pr.headSha;
  if (isNew || (!isReady && !(isUnclear && isSameHead))) resolveNotification(tx, type, about);
  if (!isNew) return;
  remember(tx, { pr, session }, type, { signature: pr.headSha, attempts: 1 });
  if (config.reactions?.[type]?.auto === false) return;
  const title = `#${pr.number} of ${session.id} is ready to merge`;
  openNotification(tx, { ...about, type, title, body: pr.url });
}

function tellEnd(tx: Transaction, { pr, session, config }: Scene, state: "merged" | "closed") {
  const type = `pr_${state}` as const;
  const about = { projectId: pr.projectId, sessionId: session.id, prKey: pr.key };
  const known = knownOf(tx, { pr, session }, type);
  if (pr.state !== state) {
    if (!known || known.signature === "") return;
    // It was opened again.
    forgetFeedback(tx, known);
    resolveNotification(tx, type, about);
    return;
  }
  // Nothing of the session is left that it would concern.
  if (session.purgedAt !== null) resolveNotification(tx, type, about);
  const isSettled = state === "closed" || session.isTerminated || !session.terminateOnMerge;
  const isNew = !known || known.signature === "";
  const attempts = isSettled ? 1 : (known?.attempts ?? 0);
  if (!isNew && known.attempts === attempts) return;
  remember(tx, { pr, session }, type, { signature: state, attempts });
  if (!isNew || config.reactions?.[type]?.auto === false) return;
  const title = `#${pr.number} of ${session.id} was ${state}`;
  openNotification(tx, { ...about, type, title, body: pr.url });
}

function isToEnd(reader: Reader, { session }: Scene): boolean {
  if (session.isTerminated || !session.terminateOnMerge) return false;
  const isWaiting = mergedOf(reader, session.id).some(({ attempts }) => attempts === 0);
  return isWaiting && !prsOfSession(reader, session.id).some(isOpen);
}

type Place = Pick<Scene, "session"> & { pr: PrRow };

function knownOf(reader: Reader, { pr, session }: Place, type: PersonReaction) {
  return feedbackOf(reader, { sessionId: session.id, prKey: pr.key }).get(type);
}

function remember(
  tx: Transaction,
  place: Place,
  reaction: PersonReaction,
  what: Pick<Feedback, "signature" | "attempts">,
): void {
  const known = knownOf(tx, place, reaction);
  const { now } = tx;
  saveFeedback(tx, {
    ...{ sessionId: place.session.id, prKey: place.pr.key, reaction },
    ...{ heard: "", round: "", sent: 0, messageId: null, escalatedAt: null },
    ...{ firstAt: known?.firstAt ?? now, lastAt: now },
    ...what,
  });
}
