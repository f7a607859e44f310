import type {
  CheckFacts,
  CommentFacts,
  DiscussionFacts,
  PrObservation,
  ReviewFacts,
} from "../domain/observation.ts";
import type { CheckNode, CommentNode, PullRequestNode, ReviewNode, ThreadNode } from "./answer.ts";
import { prKey, type RepositoryName } from "./host.ts";
import {
  checkRunStatus,
  ciState,
  contextStatus,
  mergeability,
  prState,
  reviewState,
} from "./mapping.ts";

/** Longest foreign text that is stored of one comment or review. */
const bodyLength = 20_000;

/** The facts of one pull request, from its node and the checks and threads of further pages. */
export function readPullRequest(
  repository: RepositoryName,
  node: PullRequestNode,
  more: { checks: CheckNode[]; threads: ThreadNode[]; hasMoreThreads: boolean },
): PrObservation {
  const commit = node.commits.nodes.at(-1)?.commit;
  const rollup = commit?.statusCheckRollup ?? null;
  const nodes = [...(rollup?.contexts.nodes ?? []), ...more.checks];
  const checks = newestOfEachName(nodes.map(readCheck));
  const state = prState(node.state, node.isDraft);
  const ci = ciState(rollup?.state ?? null, checks);
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
    updatedAt: Date.parse(node.updatedAt),
    checks,
    ...(discussion ? { discussion } : {}),
  };
}

function readCheck(node: CheckNode): CheckFacts {
  if (node.__typename === "StatusContext") {
    return {
      name: node.context,
      status: contextStatus(node.state),
      conclusion: node.state.toLowerCase(),
      url: node.targetUrl ?? "",
      summary: node.description ?? "",
      failingStep: "",
      logTail: "",
    };
  }
  const isAction = node.checkSuite?.workflowRun != null && node.databaseId !== null;
  return {
    name: node.name,
    status: checkRunStatus(node.status, node.conclusion),
    conclusion: (node.conclusion ?? node.status).toLowerCase(),
    url: node.detailsUrl ?? "",
    summary: [node.title, node.summary].filter(Boolean).join("\n").slice(0, bodyLength),
    failingStep: "",
    logTail: "",
    ...(isAction && node.databaseId !== null ? { jobId: node.databaseId } : {}),
  };
}

/** A re-run leaves the older run of the same name in the list; the later entry is the newer one. */
function newestOfEachName(checks: readonly CheckFacts[]): CheckFacts[] {
  return [...new Map(checks.map((check) => [check.name, check])).values()];
}

function readDiscussion(
  node: PullRequestNode,
  more: { threads: ThreadNode[]; hasMoreThreads: boolean },
): DiscussionFacts | undefined {
  const { reviews, comments, reviewThreads } = node;
  if (!reviews || !comments || !reviewThreads) return undefined;
  const threads = [...more.threads, ...reviewThreads.nodes];
  const isComplete =
    !reviews.pageInfo.hasPreviousPage &&
    !comments.pageInfo.hasPreviousPage &&
    !more.hasMoreThreads &&
    threads.every((thread) => !thread.comments.pageInfo.hasNextPage);
  return {
    isComplete,
    reviews: reviews.nodes.map(readReview),
    threads: threads.map(({ comments: _comments, ...thread }) => thread),
    comments: [
      ...comments.nodes.map((comment) => readComment(comment, "")),
      ...threads.flatMap((thread) =>
        thread.comments.nodes.map((comment) => readComment(comment, thread.id)),
      ),
    ],
  };
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
