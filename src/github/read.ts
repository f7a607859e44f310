import type {
  CommentFacts,
  DiscussionFacts,
  PrObservation,
  ReviewFacts,
} from "../domain/observation.ts";
import type { CheckNode, CommentNode, PullRequestNode, ReviewNode, ThreadNode } from "./answer.ts";
import { readChecks } from "./checks.ts";
import { prKey, type RepositoryName } from "./host.ts";
import { ciState, mergeability, prState, reviewState } from "./mapping.ts";

/** Longest foreign text that is stored of one comment or review. */
const bodyLength = 20_000;

/** What the first page could not hold. */
export interface FurtherPages {
  checks: CheckNode[];
  /** Checks that were not read either, so that what is stored of them stays. */
  hasMoreChecks: boolean;
  threads: ThreadNode[];
  hasMoreThreads: boolean;
  /** Some of it failed, or the token may not see it: what is missing is unknown, not gone. */
  isPartial: boolean;
}

/** The facts of one pull request, from its node and what further pages brought. */
export function readPullRequest(
  repository: RepositoryName,
  node: PullRequestNode,
  more: FurtherPages,
): PrObservation {
  const commit = node.commits.nodes.at(-1)?.commit;
  const rollup = commit?.statusCheckRollup ?? null;
  const checks = readChecks([...(rollup?.contexts.nodes ?? []), ...more.checks]);
  const state = prState(node.state, node.isDraft);
  const hasAllChecks = !more.hasMoreChecks && !more.isPartial;
  const isHidden = rollup === null && more.isPartial;
  const ci = isHidden ? "unknown" : ciState(rollup?.state ?? null, checks, hasAllChecks);
  const review = reviewState(node.reviewDecision);
  const merge = mergeability({ ...node, state, ci, review });
  const discussion = readDiscussion(node, more);
  return {
    key: prKey(repository, node.number),
    url: node.url,
    number: node.number,
    state,
    ci,
    review,
    mergeability: merge.mergeability,
    mergeReasons: merge.reasons,
    title: node.title,
    author: node.author?.login ?? "",
    headRef: node.headRefName,
    headSha: node.headRefOid,
    headRepo: node.headRepository?.nameWithOwner.toLowerCase() ?? "",
    baseRef: node.baseRefName,
    baseSha: node.baseRefOid,
    mergeSha: node.mergeCommit?.oid ?? null,
    additions: node.additions,
    deletions: node.deletions,
    changedFiles: node.changedFiles,
    createdAt: Date.parse(node.createdAt),
    updatedAt: Date.parse(node.updatedAt),
    checks,
    hasAllChecks: rollup !== null && hasAllChecks,
    reviewHash: reviewHash(node),
    threadMarks: node.threadMarks?.nodes ?? [],
    ...(discussion ? { discussion } : {}),
  };
}

/** Changes when something was said or decided, without reading it. */
function reviewHash(node: PullRequestNode): string {
  return [
    (node.reviews ?? node.reviewCount)?.totalCount ?? 0,
    (node.comments ?? node.commentCount)?.totalCount ?? 0,
    (node.reviewThreads ?? node.threadMarks)?.totalCount ?? 0,
    node.reviewDecision ?? "",
  ].join(" ");
}

/** What was said; that nothing was is known without asking for it. */
function readDiscussion(node: PullRequestNode, more: FurtherPages): DiscussionFacts | undefined {
  const { reviews, comments, reviewThreads } = node;
  if (!reviews || !comments || !reviewThreads) {
    const isSilent = !more.isPartial && reviewHash(node).startsWith("0 0 0 ");
    return isSilent ? { isComplete: true, reviews: [], threads: [], comments: [] } : undefined;
  }
  const threads = [...more.threads, ...reviewThreads.nodes];
  const plain = comments.nodes.map((comment) => readComment(comment, ""));
  const submitted = reviews.nodes.map(readReview);
  return {
    isComplete: !more.hasMoreThreads && !more.isPartial,
    reviews: submitted,
    threads: threads.map(({ comments: _comments, originalLine, ...thread }) => ({
      ...thread,
      line: thread.line ?? originalLine,
    })),
    comments: [
      ...plain,
      ...threads.flatMap((thread) =>
        thread.comments.nodes.map((comment) => readComment(comment, thread.id)),
      ),
    ],
    reviewsSince: listedSince(reviews, submitted[0]?.submittedAt, more),
    commentsSince: listedSince(comments, plain[0]?.createdAt, more),
    partialThreads: threads
      .filter((thread) => thread.comments.pageInfo.hasPreviousPage || more.isPartial)
      .map(({ id }) => id),
  };
}

/** From when on a list is whole: always, from its first entry on, or never. */
function listedSince(
  list: { pageInfo: { hasPreviousPage: boolean } },
  first: number | undefined,
  { isPartial }: FurtherPages,
): number {
  if (isPartial) return Number.MAX_SAFE_INTEGER;
  return list.pageInfo.hasPreviousPage ? (first ?? 0) : 0;
}

const reviewStates: Record<string, ReviewFacts["state"]> = {
  COMMENTED: "commented",
  APPROVED: "approved",
  CHANGES_REQUESTED: "changes_requested",
  DISMISSED: "dismissed",
};

function readReview(node: ReviewNode): ReviewFacts {
  return {
    id: node.id,
    ...readAuthor(node),
    state: reviewStates[node.state] ?? "pending",
    body: node.body.slice(0, bodyLength),
    url: node.url,
    submittedAt: node.submittedAt === null ? 0 : Date.parse(node.submittedAt),
  };
}

function readComment(node: CommentNode, threadId: string): CommentFacts {
  return {
    id: node.id,
    threadId,
    ...readAuthor(node),
    body: node.body.slice(0, bodyLength),
    url: node.url,
    createdAt: Date.parse(node.createdAt),
  };
}

function readAuthor(node: Pick<CommentNode, "author" | "authorAssociation">) {
  return {
    login: node.author?.login ?? "ghost",
    association: node.authorAssociation,
    isBot: node.author?.__typename === "Bot",
  };
}
