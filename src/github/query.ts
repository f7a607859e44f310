import type { RepositoryName } from "./host.ts";

/** So many that one query costs one point, and GitHub answers it in time. */
export const prsPerQuery = 25;

/** A query of fewer connections than this costs one point (GitHub rounds hundredths). */
const connectionsPerPoint = 149;

/** Threads of one page; asking for fewer costs less. */
const threadsPerPage = 50;

/** What a query shall bring of one pull request. */
export interface PrWanted {
  repository: RepositoryName;
  number: number;
  /** Also what was said in it, which costs by its threads. */
  withDiscussion: boolean;
  /** How many threads there are, where that is known. */
  threads?: number;
}

/** A query with values for its variables; aliases are `pr0`…, `repo0`…. */
export interface Query {
  text: string;
  variables: Record<string, string | number>;
}

const scalars = `number url state isDraft title additions deletions changedFiles mergeable
  mergeStateStatus reviewDecision headRefName headRefOid baseRefName baseRefOid createdAt updatedAt
  author { login } headRepository { nameWithOwner } mergeCommit { oid }`;

const context = `__typename
  ... on CheckRun { name status conclusion detailsUrl title summary databaseId startedAt
    checkSuite { workflowRun { event workflow { name } } app { slug } } }
  ... on StatusContext { context state targetUrl description createdAt }`;

/** Checks of the head commit; `after` is empty or the variable of a further page. */
const checks = (after: string) => `commits(last: 1) { nodes { commit { oid
  statusCheckRollup { state contexts(first: 100${after}) {
    pageInfo { hasNextPage endCursor } nodes { ${context} } } } } } }`;

const who = "author { __typename login } authorAssociation";

const threads = (size: string) => `reviewThreads(last: ${size}) {
  totalCount pageInfo { hasPreviousPage startCursor }
  nodes { id isResolved isOutdated path line originalLine
    comments(last: 20) { pageInfo { hasPreviousPage }
      nodes { id url createdAt body ${who} } } } }`;

const discussion = (size: string) => `
  reviews(last: 50) { totalCount pageInfo { hasPreviousPage }
    nodes { id state url submittedAt body ${who} } }
  comments(last: 50) { totalCount pageInfo { hasPreviousPage }
    nodes { id url createdAt body ${who} } }
  ${threads(size)}`;

/** Enough to see that something was said; what becomes of a thread changes nothing else. */
const marks = `reviewCount: reviews { totalCount } commentCount: comments { totalCount }
  threadMarks: reviewThreads(last: 100) { totalCount nodes { id isResolved isOutdated } }`;

/** Asked with every query: what it cost, and what is left. */
export const rateLimit = "rateLimit { cost remaining limit resetAt }";

/** Open pull requests that a listing brings at most. */
export const prsPerListing = 100;

const head = "nodes { number url headRefName headRefOid headRepository { nameWithOwner } }";

/** Open pull requests, last changed first: where sessions find theirs. */
const openPrs = `nameWithOwner pullRequests(states: OPEN, first: ${prsPerListing},
  orderBy: {field: UPDATED_AT, direction: DESC}) { ${head} }`;

/** A branch whose open pull requests are asked for by name. */
export interface BranchWanted {
  repository: RepositoryName;
  branch: string;
}

/**
 * One query for many pull requests, for the open ones of repositories and their parents, and for
 * those of branches.
 */
export function batchQuery(
  prs: readonly PrWanted[],
  repositories: readonly RepositoryName[],
  branches: readonly BranchWanted[] = [],
): Query {
  const variables: Query["variables"] = {};
  const declared: string[] = [];
  const declare = (name: string, type: string, value: string | number) => {
    declared.push(`$${name}: ${type}!`);
    variables[name] = value;
    return `$${name}`;
  };
  const repository = (alias: string, { owner, repo }: RepositoryName, fields: string) =>
    `${alias}: repository(owner: ${declare(`${alias}Owner`, "String", owner)}, ` +
    `name: ${declare(`${alias}Name`, "String", repo)}) { ${fields} }`;
  const parts = [
    ...prs.map((pr, index) => {
      const number = declare(`pr${index}Number`, "Int", pr.number);
      const size = () => declare(`pr${index}Threads`, "Int", threadsOf(pr));
      const said = pr.withDiscussion ? discussion(size()) : marks;
      const fields = `${scalars} ${checks("")} ${said}`;
      const place = `pullRequest(number: ${number}) { ${fields} }`;
      return repository(`pr${index}`, pr.repository, place);
    }),
    // A person may push to a fork, and open pull requests where it comes from.
    ...repositories.map((name, index) =>
      repository(`repo${index}`, name, `${openPrs} parent { ${openPrs} }`),
    ),
    ...branches.map(({ repository: name, branch }, index) => {
      const wanted = declare(`branch${index}Ref`, "String", branch);
      const found = `pullRequests(states: OPEN, first: 5, headRefName: ${wanted}) { ${head} }`;
      return repository(`branch${index}`, name, `nameWithOwner ${found}`);
    }),
  ];
  const start = declared.length > 0 ? `query(${declared.join(", ")})` : "query";
  return { text: `${start} { ${parts.join("\n")} viewer { login } ${rateLimit} }`, variables };
}

/** As many discussions to a query as one point pays for. */
export function discussionQueries(wanted: readonly PrWanted[]): PrWanted[][] {
  const queries: PrWanted[][] = [];
  let left = 0;
  for (const pr of wanted) {
    // Commits, checks, reviews, comments, threads, and the comments of each thread.
    const connections = 5 + threadsOf(pr);
    if (connections > left) {
      queries.push([]);
      left = connectionsPerPoint;
    }
    queries.at(-1)?.push(pr);
    left -= connections;
  }
  return queries;
}

function threadsOf({ threads: known = threadsPerPage }: PrWanted): number {
  return Math.min(threadsPerPage, Math.max(1, known));
}

const onePr = (variable: string, fields: string) => `query($owner: String!, $name: String!,
  $number: Int!, ${variable}: String!) {
    repository(owner: $owner, name: $name) { pullRequest(number: $number) { ${fields} } }
    ${rateLimit} }`;

/** Further checks of a commit that has more than one page of them. */
export const moreChecksQuery = onePr("$after", checks(", after: $after"));

/** Older threads of a pull request that has more than one page of them. */
export const moreThreadsQuery = onePr("$before", threads(`${threadsPerPage}, before: $before`));

/** Marks a review thread as resolved. */
export const resolveThreadMutation = `mutation($id: ID!) {
  resolveReviewThread(input: {threadId: $id}) { thread { id isResolved } } }`;

/** Which ways to merge a repository allows. */
export const mergeSettingsQuery = `query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { mergeCommitAllowed squashMergeAllowed
    rebaseMergeAllowed viewerDefaultMergeMethod } ${rateLimit} }`;

/** What the viewer may do with the repository that the head of a pull request is in. */
export const headAccessQuery = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { viewerPermission
    pullRequest(number: $number) { maintainerCanModify
      headRepository { viewerPermission } } } ${rateLimit} }`;

const issueHead = `number title url state createdAt updatedAt ${who}
  labels(first: 20) { nodes { name } } assignees(first: 10) { nodes { login } }`;

/** One issue with its last comments. */
export const issueQuery = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { issue(number: $number) { ${issueHead} body
    comments(last: 50) { totalCount nodes { body url createdAt ${who} } } } } ${rateLimit} }`;

/** Issues of a repository, last changed first. */
export const issuesQuery = `query($owner: String!, $name: String!, $limit: Int!,
  $filterBy: IssueFilters) { repository(owner: $owner, name: $name) {
    issues(first: $limit, filterBy: $filterBy, orderBy: {field: UPDATED_AT, direction: DESC}) {
      nodes { ${issueHead} } } } ${rateLimit} }`;
