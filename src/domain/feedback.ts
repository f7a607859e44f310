import type {
  Author,
  CheckFacts,
  CommentFacts,
  DiscussionFacts,
  ReviewFacts,
  ThreadFacts,
} from "./observation.ts";
import { isOpen, type PrFacts } from "./pr.ts";
import type { AgentReaction, Trouble } from "./reaction.ts";

/** What feedback is computed from: all of it stored, so that a restart changes nothing. */
export interface FeedbackFacts {
  pr: PrFacts & { headSha: string; conflictFiles: readonly string[] };
  /** Checks of the head commit. */
  checks: readonly CheckFacts[];
  /** The last three statuses of each check, newest first: one for each commit. */
  history: ReadonlyMap<string, readonly string[]>;
  /** Absent: it was never read. */
  discussion?: DiscussionFacts;
  /** The account that the agent itself writes with; its words are never feedback. */
  ownLogin: string;
  /** Whose feedback counts though a bot wrote it: everybody's, nobody's, or that of some. */
  bots: boolean | readonly string[];
  /** A child of another open pull request conflicts with it by nature. */
  isStacked: boolean;
}

/** `over`: known to be fine. `unclear`: cannot be told now, so nothing is said or forgotten. */
export type Assessment = Trouble | "over" | "unclear";

/** What an agent should know of its pull request now, from the facts alone. */
export function assess(facts: FeedbackFacts): Record<AgentReaction, Assessment> {
  if (!isOpen(facts.pr)) {
    return { ci_failed: "over", changes_requested: "over", merge_conflict: "over" };
  }
  return {
    ci_failed: assessCi(facts),
    changes_requested: assessDiscussion(facts),
    merge_conflict: assessConflict(facts),
  };
}

/** Checks of the head commit that failed, each with the name of its point. */
export function failedChecks({ pr, checks, history }: FeedbackFacts) {
  return checks
    .filter(({ status }) => status === "failed")
    .map((check) => ({
      check,
      point: pointOf(pr.headSha, check.name),
      isBraked: isBraked(history.get(check.name) ?? []),
    }));
}

/** A review thread that waits for the agent, with what others wrote in it. */
export interface OpenThread {
  thread: ThreadFacts;
  comments: { comment: CommentFacts; point: string; counts: boolean }[];
}

/** What was said that an agent should know, oldest first. */
export interface Said {
  reviews: { review: ReviewFacts; point: string; isDecision: boolean }[];
  threads: OpenThread[];
  /** Comments on the conversation itself. */
  comments: { comment: CommentFacts; point: string }[];
}

/**
 * What reviewers said and still wait for: no approvals, nothing that the agent's own account
 * wrote, no threads that are resolved, or answered by the agent last. An outdated thread is told
 * too: a push can have come between what was said and the first look at it.
 */
export function whatWasSaid(facts: FeedbackFacts): Said {
  const { reviews, threads, comments } = facts.discussion ?? { reviews: [], ...nothing };
  const lastWord = (review: ReviewFacts) => reviews.findLast((one) => decides(one, review.login));
  return {
    reviews: reviews
      .filter((one) => isCounted(one, facts))
      .filter(({ state }) => state === "commented" || state === "changes_requested")
      .filter((one) => !isApprovedAfter(reviews, one))
      .map((review) => {
        const isDecision = review.state === "changes_requested" && lastWord(review) === review;
        return { review, point: pointOf(review.id), isDecision };
      })
      .filter(({ review, isDecision }) => isDecision || review.body.trim() !== ""),
    threads: threads
      .filter(({ isResolved }) => !isResolved)
      .map((thread) => openThread(thread, comments, facts))
      .filter((found) => found !== undefined),
    comments: comments
      .filter((one) => one.threadId === "" && isCounted(one, facts))
      .map((comment) => ({ comment, point: pointOf(comment.id) })),
  };
}

const nothing = { threads: [], comments: [] };

function assessCi(facts: FeedbackFacts): Assessment {
  const { pr, checks } = facts;
  if (pr.ci === "passing" || pr.ci === "none") return "over";
  const failed = failedChecks(facts);
  if (pr.ci !== "failing" || failed.length === 0) return "unclear";
  const fresh = failed.filter(({ isBraked }) => !isBraked);
  const points = (fresh.length > 0 ? fresh : failed).map(({ point }) => point).sort();
  return {
    ...{ reaction: "ci_failed", points, byPeople: [], standing: "always", isPerPoint: false },
    round: pr.headSha,
    isGrowing: checks.some(({ status }) => status === "queued" || status === "in_progress"),
    isHopeless: fresh.length === 0,
  };
}

function isBraked(statuses: readonly string[]): boolean {
  return statuses.length >= 3 && statuses.every((status) => status === "failed");
}

function assessConflict({ pr, isStacked }: FeedbackFacts): Assessment {
  if (pr.mergeability === "unknown") return "unclear";
  if (pr.mergeability !== "conflicting" || isStacked) return "over";
  return {
    ...{ reaction: "merge_conflict", byPeople: [], standing: "always", isPerPoint: false },
    points: [pointOf(pr.headSha, pr.baseRef)],
    round: pr.headSha,
    ...{ isGrowing: false, isHopeless: false },
  };
}

function assessDiscussion(facts: FeedbackFacts): Assessment {
  if (!facts.discussion) return "unclear";
  const { reviews, threads, comments } = whatWasSaid(facts);
  const inThreads = threads.flatMap((thread) => thread.comments.filter(({ counts }) => counts));
  const all: { point: string; author: Author }[] = [
    ...reviews.map(({ review, point }) => ({ point, author: review })),
    ...[...inThreads, ...comments].map(({ comment, point }) => ({ point, author: comment })),
  ];
  if (all.length === 0) return "over";
  const isAsked = reviews.some(({ isDecision }) => isDecision);
  // A push to its line answers a thread, as far as can be told.
  const isStanding = threads.some(({ thread }) => !thread.isOutdated);
  return {
    reaction: "changes_requested",
    points: all.map(({ point }) => point).sort(),
    byPeople: all.filter(({ author }) => !author.isBot).map(({ point }) => point),
    standing: isStanding ? "always" : isAsked ? "until_push" : "never",
    round: facts.pr.headSha,
    ...{ isGrowing: false, isHopeless: false, isPerPoint: true },
  };
}

function openThread(
  thread: ThreadFacts,
  comments: readonly CommentFacts[],
  facts: FeedbackFacts,
): OpenThread | undefined {
  const mine = comments.filter(({ threadId }) => threadId === thread.id);
  // A bot that is not heard does not take the last word from the agent.
  const last = mine.findLast((one) => isOwn(one, facts) || isCounted(one, facts));
  if (!last || isOwn(last, facts)) return undefined;
  // What a bot wrote is told where a person answered it: it says what the answer is about.
  const others = mine.filter((one) => !isOwn(one, facts));
  return {
    thread,
    comments: others.map((comment) => {
      return { comment, point: pointOf(comment.id), counts: isCounted(comment, facts) };
    }),
  };
}

function isOwn({ login }: Author, { ownLogin }: FeedbackFacts): boolean {
  return isSameLogin(login, ownLogin);
}

function isCounted(author: Author, facts: FeedbackFacts): boolean {
  if (isOwn(author, facts)) return false;
  const { bots } = facts;
  if (!author.isBot || typeof bots === "boolean") return !author.isBot || bots === true;
  return bots.some((login) => isSameLogin(login, author.login));
}

/** The same bot is `helper` to GraphQL, and `helper[bot]` to REST and on the page. */
function isSameLogin(one: string, other: string): boolean {
  const bare = (login: string) => login.toLowerCase().replace(/\[bot\]$/, "");
  return bare(one) === bare(other);
}

function decides({ login, state }: ReviewFacts, who: string): boolean {
  return login === who && (state === "approved" || state === "changes_requested");
}

function isApprovedAfter(reviews: readonly ReviewFacts[], review: ReviewFacts): boolean {
  const later = reviews.slice(reviews.indexOf(review) + 1);
  return later.some(({ login, state }) => login === review.login && state === "approved");
}

/** Short, so that a row can name hundreds of them. */
function pointOf(...parts: readonly string[]): string {
  return new Bun.CryptoHasher("sha256").update(parts.join("\n")).digest("hex").slice(0, 12);
}
