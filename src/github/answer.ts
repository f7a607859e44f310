import * as v from "valibot";

/** A list of GitHub's, which has holes where the token may not look. */
function listOf<T extends v.GenericSchema>(schema: T) {
  return v.pipe(
    v.array(v.nullable(schema)),
    v.transform((items) => items.filter((item) => item !== null)),
  );
}

/** An author whose account is gone is null. */
const author = v.nullable(v.object({ login: v.string(), __typename: v.optional(v.string()) }));

const checkRun = v.object({
  __typename: v.literal("CheckRun"),
  name: v.string(),
  status: v.string(),
  conclusion: v.nullable(v.string()),
  detailsUrl: v.nullable(v.string()),
  title: v.nullable(v.string()),
  summary: v.nullable(v.string()),
  databaseId: v.nullable(v.number()),
  startedAt: v.nullable(v.string()),
  checkSuite: v.nullable(
    v.object({
      workflowRun: v.nullable(
        v.object({ event: v.string(), workflow: v.object({ name: v.string() }) }),
      ),
      app: v.nullable(v.object({ slug: v.string() })),
    }),
  ),
});

const statusContext = v.object({
  __typename: v.literal("StatusContext"),
  context: v.string(),
  state: v.string(),
  targetUrl: v.nullable(v.string()),
  description: v.nullable(v.string()),
  createdAt: v.string(),
});

const context = v.variant("__typename", [checkRun, statusContext]);
export type CheckNode = v.InferOutput<typeof context>;

const contexts = v.object({
  pageInfo: v.object({ hasNextPage: v.boolean(), endCursor: v.nullable(v.string()) }),
  nodes: listOf(context),
});
export type ChecksPage = v.InferOutput<typeof contexts>;

const commits = v.object({
  nodes: v.array(
    v.object({
      commit: v.object({
        oid: v.string(),
        statusCheckRollup: v.nullable(v.object({ state: v.string(), contexts })),
      }),
    }),
  ),
});

const before = v.object({ hasPreviousPage: v.boolean() });

const comment = v.object({
  id: v.string(),
  url: v.string(),
  createdAt: v.string(),
  body: v.string(),
  author,
  authorAssociation: v.string(),
});
export type CommentNode = v.InferOutput<typeof comment>;

const thread = v.object({
  id: v.string(),
  isResolved: v.boolean(),
  isOutdated: v.boolean(),
  path: v.string(),
  line: v.nullable(v.number()),
  originalLine: v.nullable(v.number()),
  comments: v.object({ pageInfo: before, nodes: listOf(comment) }),
});
export type ThreadNode = v.InferOutput<typeof thread>;

const review = v.object({
  id: v.string(),
  state: v.string(),
  url: v.string(),
  submittedAt: v.nullable(v.string()),
  body: v.string(),
  author,
  authorAssociation: v.string(),
});
export type ReviewNode = v.InferOutput<typeof review>;

const count = v.object({ totalCount: v.number() });

const threads = v.object({
  totalCount: v.number(),
  pageInfo: v.object({ hasPreviousPage: v.boolean(), startCursor: v.nullable(v.string()) }),
  nodes: listOf(thread),
});

/** One pull request, as the batch query asks for it. */
const pullRequest = v.object({
  number: v.number(),
  url: v.string(),
  state: v.string(),
  isDraft: v.boolean(),
  title: v.string(),
  additions: v.number(),
  deletions: v.number(),
  changedFiles: v.number(),
  mergeable: v.string(),
  mergeStateStatus: v.string(),
  reviewDecision: v.nullable(v.string()),
  headRefName: v.string(),
  headRefOid: v.string(),
  baseRefName: v.string(),
  baseRefOid: v.string(),
  createdAt: v.string(),
  updatedAt: v.string(),
  author,
  headRepository: v.nullable(v.object({ nameWithOwner: v.string() })),
  mergeCommit: v.nullable(v.object({ oid: v.string() })),
  commits,
  reviews: v.optional(
    v.object({ totalCount: v.number(), pageInfo: before, nodes: listOf(review) }),
  ),
  comments: v.optional(
    v.object({ totalCount: v.number(), pageInfo: before, nodes: listOf(comment) }),
  ),
  reviewThreads: v.optional(threads),
  reviewCount: v.optional(count),
  commentCount: v.optional(count),
  threadMarks: v.optional(
    v.object({
      totalCount: v.number(),
      nodes: v.array(
        v.object({ id: v.string(), isResolved: v.boolean(), isOutdated: v.boolean() }),
      ),
    }),
  ),
});
export type PullRequestNode = v.InferOutput<typeof pullRequest>;

/** A repository with one pull request in it; null for one that is not there. */
export const repositoryWithPr = v.nullable(v.object({ pullRequest: v.nullable(pullRequest) }));

const openPrs = {
  nameWithOwner: v.string(),
  pullRequests: v.object({
    nodes: listOf(
      v.object({
        number: v.number(),
        url: v.string(),
        headRefName: v.string(),
        headRefOid: v.string(),
        headRepository: v.nullable(v.object({ nameWithOwner: v.string() })),
      }),
    ),
  }),
};

/** The open pull requests of a repository, and of the one that it is a fork of. */
export const repositoryWithOpenPrs = v.nullable(
  v.object({ ...openPrs, parent: v.nullish(v.object(openPrs)) }),
);

/** Further checks of a commit. */
export const moreChecks = v.object({
  repository: v.object({ pullRequest: v.object({ commits }) }),
});

/** Older threads of a pull request. */
export const moreThreads = v.object({
  repository: v.object({ pullRequest: v.object({ reviewThreads: threads }) }),
});
