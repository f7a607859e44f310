import { GraphQLError } from "graphql";

import {
  type Check,
  type Comment,
  fullName,
  type Issue,
  mergeState,
  type Pull,
  type Repository,
  reviewDecision,
  rollupState,
  type Thread,
  visibleRepository,
  type World,
} from "./state.ts";

interface PageArgs {
  first?: number;
  last?: number;
  after?: string;
  before?: string;
}

/** The objects that GraphQL's default resolvers read: what needs arguments is a function. */
export function queryRoot(world: World, rateLimit: () => unknown) {
  return {
    viewer: () => actor(world, world.viewer),
    rateLimit,
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const found = visibleRepository(world, `${owner}/${name}`);
      if (found) return repositoryNode(world, found);
      throw failure(
        "NOT_FOUND",
        `Could not resolve to a Repository with the name '${owner}/${name}'.`,
      );
    },
    resolveReviewThread: ({ input }: { input: { threadId: string } }) => {
      for (const repository of world.repositories.values()) {
        const found = [...repository.pulls.values()]
          .flatMap(({ threads }) => threads)
          .find(({ id }) => id === input.threadId);
        if (!found || repository.permission === "none") continue;
        if (repository.permission === "read") {
          throw failure("FORBIDDEN", "Resource not accessible by personal access token");
        }
        found.isResolved = true;
        return { thread: threadNode(world, repository, found) };
      }
      const text = `Could not resolve to a node with the global id of '${input.threadId}'`;
      throw failure("NOT_FOUND", text);
    },
  };
}

function repositoryNode(world: World, repository: Repository): object {
  const { mergeMethods } = repository;
  return {
    __typename: "Repository",
    nameWithOwner: fullName(repository),
    viewerPermission: viewerPermission(repository),
    parent: () => {
      const found = visibleRepository(world, repository.parent ?? "");
      return found && repositoryNode(world, found);
    },
    mergeCommitAllowed: mergeMethods.includes("merge"),
    squashMergeAllowed: mergeMethods.includes("squash"),
    rebaseMergeAllowed: mergeMethods.includes("rebase"),
    viewerDefaultMergeMethod: (mergeMethods[0] ?? "merge").toUpperCase(),
    pullRequest: ({ number }: { number: number }) => {
      const found = repository.pulls.get(number);
      if (found?.broken) throw failure(found.broken.type, found.broken.message);
      if (found) return pullNode(world, repository, found);
      const text = `Could not resolve to a PullRequest with the number of ${number}.`;
      throw failure("NOT_FOUND", text);
    },
    pullRequests: (args: PageArgs & { states?: string[]; headRefName?: string }) => {
      const found = [...repository.pulls.values()]
        .filter(({ state }) => args.states?.includes(state) ?? true)
        .filter(({ head }) => args.headRefName === undefined || head === args.headRefName)
        .sort((one, other) => other.updatedAt - one.updatedAt || other.number - one.number);
      return connection(
        found.map((pull) => pullNode(world, repository, pull)),
        args,
      );
    },
    issue: ({ number }: { number: number }) => {
      const found = repository.issues.get(number);
      if (found) return issueNode(world, repository, found);
      throw failure("NOT_FOUND", `Could not resolve to an Issue with the number of ${number}.`);
    },
    issues: (args: PageArgs & { filterBy?: IssueFilterBy }) =>
      connection(
        [...repository.issues.values()]
          .filter((issue) => isWanted(issue, args.filterBy ?? {}))
          .sort((one, other) => other.updatedAt - one.updatedAt)
          .map((issue) => issueNode(world, repository, issue)),
        args,
      ),
  };
}

function viewerPermission(repository: Repository | undefined): string | null {
  return repository && repository.permission !== "none"
    ? repository.permission.toUpperCase()
    : null;
}

interface IssueFilterBy {
  labels?: string[];
  assignee?: string;
  states?: string[];
}

function isWanted(issue: Issue, { labels = [], assignee, states }: IssueFilterBy): boolean {
  const isAssigned =
    assignee === undefined ||
    (assignee === "*" ? issue.assignees.length > 0 : issue.assignees.includes(assignee));
  return (
    isAssigned &&
    labels.every((label) => issue.labels.includes(label)) &&
    (states?.includes(issue.state) ?? true)
  );
}

function pullNode(world: World, repository: Repository, pull: Pull) {
  const url = `https://github.example/${fullName(repository)}/pull/${pull.number}`;
  const items = <T>(list: readonly T[], node: (item: T) => unknown) => {
    return (args: PageArgs) => connection(list.map(node), args);
  };
  const said = (comment: Comment) => commentNode(world, url, comment);
  return {
    __typename: "PullRequest",
    ...pull,
    ...times(pull),
    url,
    author: () => actor(world, pull.author),
    mergeStateStatus: mergeState(repository, pull),
    reviewDecision: reviewDecision(repository, pull),
    headRefName: pull.head,
    headRefOid: pull.sha,
    baseRefName: pull.base,
    baseRefOid: pull.baseSha,
    headRepository: pull.headRepo && {
      nameWithOwner: pull.headRepo,
      viewerPermission: viewerPermission(visibleRepository(world, pull.headRepo)),
    },
    mergeCommit: pull.mergeSha && { oid: pull.mergeSha },
    commits: items([pull.sha], (sha) => {
      return { commit: commitNode(repository, sha, pull.hidesChecks) };
    }),
    comments: items(pull.comments, said),
    reviews: items(pull.reviews, (review) => ({
      ...said(review),
      state: review.state,
      submittedAt: review.state === "PENDING" ? null : iso(review.createdAt),
    })),
    reviewThreads: items(pull.threads, (thread) => threadNode(world, repository, thread)),
  };
}

function threadNode(world: World, repository: Repository, thread: Thread) {
  const url = `https://github.example/${fullName(repository)}/thread`;
  return {
    ...thread,
    originalLine: thread.line,
    comments: (args: PageArgs) =>
      connection(
        thread.comments.map((comment) => commentNode(world, url, comment)),
        args,
      ),
  };
}

function commentNode(world: World, url: string, comment: Comment) {
  return {
    id: comment.id,
    url: `${url}#${comment.id}`,
    createdAt: iso(comment.createdAt),
    body: comment.body,
    author: actor(world, comment.author),
    authorAssociation: comment.association,
  };
}

function commitNode(repository: Repository, oid: string, isHidden: boolean) {
  const checks = repository.checks.get(oid) ?? [];
  const state = rollupState(checks);
  const contexts = (args: PageArgs) => connection(checks.map(checkNode), args);
  const statusCheckRollup = () => {
    if (isHidden) throw failure("FORBIDDEN", "Resource not accessible by personal access token");
    return state && { state, contexts };
  };
  return { oid, statusCheckRollup };
}

function checkNode(check: Check) {
  if (check.kind === "status") {
    return {
      __typename: "StatusContext",
      context: check.name,
      state: check.status,
      targetUrl: check.url,
      description: check.summary,
      createdAt: iso(check.startedAt ?? 0),
    };
  }
  const { event, workflow } = check;
  const workflowRun = workflow && { databaseId: check.id, event, workflow: { name: workflow } };
  return {
    __typename: "CheckRun",
    ...check,
    detailsUrl: check.url,
    databaseId: check.id,
    startedAt: check.startedAt === null ? null : iso(check.startedAt),
    checkSuite: { workflowRun: workflowRun || null, app: { slug: check.app } },
  };
}

function issueNode(world: World, repository: Repository, issue: Issue) {
  const url = `https://github.example/${fullName(repository)}/issues/${issue.number}`;
  return {
    ...issue,
    ...times(issue),
    url,
    author: actor(world, issue.author),
    authorAssociation: issue.association,
    labels: (args: PageArgs) =>
      connection(
        issue.labels.map((name) => ({ name })),
        args,
      ),
    assignees: (args: PageArgs) =>
      connection(
        issue.assignees.map((login) => ({ login })),
        args,
      ),
    comments: (args: PageArgs) =>
      connection(
        issue.comments.map((comment) => commentNode(world, url, comment)),
        args,
      ),
  };
}

function actor(world: World, login: string | null) {
  return login && { __typename: world.users.get(login)?.kind ?? "User", login };
}

function connection(all: readonly unknown[], { first, last, after, before }: PageArgs) {
  let start = after === undefined ? 0 : Number(after) + 1;
  let end = before === undefined ? all.length : Number(before);
  if (first !== undefined) end = Math.min(end, start + first);
  if (last !== undefined) start = Math.max(start, end - last);
  const nodes = all.slice(start, end);
  return {
    nodes,
    totalCount: all.length,
    pageInfo: {
      hasNextPage: end < all.length,
      hasPreviousPage: start > 0,
      startCursor: nodes.length > 0 ? String(start) : null,
      endCursor: nodes.length > 0 ? String(end - 1) : null,
    },
  };
}

function times({ createdAt, updatedAt }: { createdAt: number; updatedAt: number }) {
  return { createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function failure(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}
