import { messageText, templates } from "../../domain/feedback-text.ts";
import { assess, type Assessment, type FeedbackFacts } from "../../domain/feedback.ts";
import type { Message } from "../../domain/message.ts";
import { isOpen } from "../../domain/pr.ts";
import {
  type AgentReaction,
  agentReactions,
  nextStep,
  policyFor,
  type Step,
  type Told,
  type Trouble,
} from "../../domain/reaction.ts";
import {
  type Feedback,
  feedbackOf,
  forgetFeedback,
  saveFeedback,
  viewerOf,
  withdrawMessage,
} from "../../store/feedback.ts";
import { findMessage, messageBody, queueMessage } from "../../store/message.ts";
import { resolveNotification } from "../../store/notification.ts";
import { lastStatuses, listChecks, readDiscussion } from "../../store/observation.ts";
import { prsOfSession } from "../../store/pr.ts";
import type { Reader, Transaction } from "../../store/store.ts";
import type { Scene } from "./feedback.ts";
import { tellOfEscalation } from "./person.ts";

/**
 * Reconciles what an agent should be told of its pull request now with what it was told. What is
 * remembered and what is queued change in one transaction, so nothing is told twice or lost.
 */
export function tellAgent(tx: Transaction, scene: Scene): void {
  const about = { sessionId: scene.session.id, prKey: scene.pr.key };
  const facts = factsOf(tx, scene);
  const assessed = assess(facts);
  const before = feedbackOf(tx, about);
  for (const reaction of agentReactions) {
    const known = before.get(reaction) ?? newFeedback(about, reaction, tx.now);
    apply(tx, { scene, facts, reaction, known }, assessed[reaction]);
  }
  const after = feedbackOf(tx, about);
  const escalated = agentReactions.filter((one) => after.get(one)?.escalatedAt != null);
  const isNew = escalated.some((one) => before.get(one)?.escalatedAt == null);
  const wasAny = agentReactions.some((one) => before.get(one)?.escalatedAt != null);
  if (isNew || wasAny) tellOfEscalation(tx, scene, escalated, { isNew, rows: after });
}

/** An agent that has ended cannot be helped: a restore begins with budgets of its own. */
export function retire(tx: Transaction, { session, pr }: Scene): void {
  const about = { sessionId: session.id, prKey: pr.key };
  for (const known of feedbackOf(tx, about).values()) {
    if (known.escalatedAt === null) continue;
    if (known.reaction !== "changes_requested") forgetFeedback(tx, known);
    else saveFeedback(tx, { ...known, attempts: 0, escalatedAt: null });
  }
  const { projectId } = pr;
  resolveNotification(tx, "feedback_escalated", { ...about, projectId });
}

interface Case {
  scene: Scene;
  facts: FeedbackFacts;
  reaction: AgentReaction;
  known: Feedback;
}

function apply(tx: Transaction, about: Case, assessment: Assessment): void {
  const { scene, reaction, known } = about;
  if (assessment === "over") return recover(tx, known);
  if (assessment === "unclear") return void withdrawMessage(tx, known, "it is no longer so");
  const told = toldOf(tx, known);
  const { activity, activityAt } = scene.session;
  const isAtWork = activity === "active";
  const { observedAt: seenAt } = scene.pr;
  const moment = { now: tx.now, seenAt, isAtWork, since: activityAt };
  const policy = policyFor(reaction, scene.config.reactions?.[reaction]);
  const step = nextStep(assessment, told, policy, moment);
  if (step.kind === "tell") return tell(tx, about, { trouble: assessment, told, step, policy });
  if (step.kind === "escalate") {
    withdrawMessage(tx, known, "a person is told instead");
    const signature = assessment.points.join(" ");
    const { round } = assessment;
    return saveFeedback(tx, { ...known, signature, round, lastAt: tx.now, escalatedAt: tx.now });
  }
  if (step.kind === "rest" && told.message.fate === "waiting") {
    return refresh(tx, about, { trouble: assessment, told, policy });
  }
  const signature = keptPoints(assessment, told.points).join(" ");
  const heard = keptPoints(assessment, pointsIn(known.heard)).join(" ");
  const escalatedAt = step.kind === "settle" ? null : known.escalatedAt;
  if (signature === known.signature && escalatedAt === known.escalatedAt) return;
  saveFeedback(tx, { ...known, signature, heard, escalatedAt });
}

interface Telling {
  trouble: Trouble;
  told: Told;
  policy: { message?: string };
}

type TellStep = Extract<Step, { kind: "tell" }>;

function tell(tx: Transaction, about: Case, telling: Telling & { step: TellStep }): void {
  const { scene, reaction, known } = about;
  const { trouble, told, step } = telling;
  withdrawMessage(tx, known, "something newer is to be told");
  const { heard, news, body } = compose(about, telling, step.repeats);
  const isMore = !trouble.isPerPoint && told.round === trouble.round;
  const points = isMore ? [...told.points, ...news] : trouble.points;
  const next = {
    ...known,
    ...{ attempts: step.attempts, firstAt: step.firstAt, round: trouble.round },
    signature: [...new Set(points)].sort().join(" "),
    heard: heard.join(" "),
    escalatedAt: null,
  };
  // What had come since it last heard of it is over.
  if (news.length === 0) return saveFeedback(tx, { ...next, messageId: null, lastAt: tx.now });
  const sent = known.sent + 1;
  const messageId = queueMessage(tx, {
    id: crypto.randomUUID(),
    sessionId: scene.session.id,
    source: "feedback",
    dedupeKey: `feedback:${scene.pr.key}:${reaction}:${sent}`,
    body,
  });
  saveFeedback(tx, { ...next, sent, messageId, lastAt: tx.now });
}

/** A text that waits is exchanged when the same is to be said otherwise: its log has come. */
function refresh(tx: Transaction, about: Case, telling: Telling): void {
  const { messageId } = about.known;
  const { attempts, firstAt } = telling.told;
  if (messageId === null) return;
  if (compose(about, telling, false).body === messageBody(tx, messageId)) return;
  const step = { kind: "tell", attempts, firstAt, repeats: false } as const;
  tell(tx, about, { ...telling, step });
}

/** The text of now, with what in it the agent does not know; of a reminder it knows all. */
function compose(
  { facts, reaction, known }: Case,
  { trouble, told, policy }: Telling,
  isReminder: boolean,
): { heard: readonly string[]; news: string[]; body: string } {
  const before = heardBefore(trouble, told, known);
  // One that was to remind, and did not arrive, still does.
  const isLate = told.message.fate !== "heard" && told.points.length > 0;
  const all = [...told.points, ...trouble.points];
  const repeats = isReminder || (isLate && all.every((point) => before.includes(point)));
  const heard = keptPoints(trouble, before);
  const news = trouble.points.filter((point) => repeats || !heard.includes(point));
  const template = policy.message ?? templates[reaction];
  const body = messageText(reaction, facts, { template, news: new Set(news), repeats });
  return { heard, news, body };
}

/** What is over is forgotten, so that it is told again when it comes back. */
function recover(tx: Transaction, known: Feedback): void {
  const isEmpty = known.signature === "" && known.escalatedAt === null;
  if (isEmpty) return;
  const wasWaiting = withdrawMessage(tx, known, "it is no longer so");
  if (known.reaction !== "changes_requested") return forgetFeedback(tx, known);
  // Otherwise a bot and an agent could talk for ever.
  const attempts = Math.max(0, known.attempts - (wasWaiting ? 1 : 0));
  saveFeedback(tx, { ...known, signature: "", heard: "", attempts, escalatedAt: null });
}

/** What the agent has heard so far; of another commit everything is new to it. */
function heardBefore(trouble: Trouble, told: Told, known: Feedback): readonly string[] {
  if (!trouble.isPerPoint && told.round !== trouble.round) return [];
  return told.message.fate === "heard" ? told.points : pointsIn(known.heard);
}

/** A point that went away is told again when it comes back: a thread that is reopened. */
function keptPoints({ isPerPoint, points }: Trouble, all: readonly string[]): readonly string[] {
  return isPerPoint ? all.filter((point) => points.includes(point)) : all;
}

function pointsIn(text: string): string[] {
  return text.split(" ").filter(Boolean);
}

function toldOf(reader: Reader, known: Feedback): Told {
  const { attempts, firstAt, round, escalatedAt, messageId, lastAt } = known;
  const message = messageId === null ? undefined : findMessage(reader, messageId);
  return {
    points: pointsIn(known.signature),
    ...{ attempts, firstAt, round, escalatedAt },
    message: message ? fateOf(message) : { fate: "heard", at: lastAt },
  };
}

const fates = {
  queued: "waiting",
  delivering: "typing",
  submitted: "heard",
  acked: "heard",
  failed: "refused",
  refused: "refused",
  expired: "withdrawn",
} as const;

function fateOf({ state, submittedAt, updatedAt }: Message): Told["message"] {
  return { fate: fates[state], at: submittedAt ?? updatedAt };
}

function newFeedback(
  about: { sessionId: string; prKey: string },
  reaction: AgentReaction,
  now: number,
): Feedback {
  const nothing = { signature: "", heard: "", round: "", attempts: 0, sent: 0, messageId: null };
  return { ...about, reaction, ...nothing, firstAt: now, lastAt: now, escalatedAt: null };
}

function factsOf(reader: Reader, { pr, session, config }: Scene): FeedbackFacts {
  const checks = listChecks(reader, pr.key, pr.headSha);
  const failed = checks.filter(({ status }) => status === "failed");
  const [host = ""] = pr.key.split("/");
  const isParent = (one: { key: string; headRef: string }) =>
    one.key !== pr.key && one.headRef === pr.baseRef;
  return {
    pr: { ...pr, conflictFiles: JSON.parse(pr.conflictFiles) },
    checks,
    history: new Map(failed.map(({ name }) => [name, lastStatuses(reader, pr.key, name)])),
    ...(pr.reviewObservedAt === null ? {} : { discussion: readDiscussion(reader, pr.key) }),
    ownLogin: viewerOf(reader, host) ?? pr.author,
    bots: config.botFeedback,
    isStacked: prsOfSession(reader, session.id).some((one) => isOpen(one) && isParent(one)),
  };
}
