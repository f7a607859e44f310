import type { RepositoryName } from "./host.ts";

/** Connections of GraphQL cost points: their number, by hundreds, rounded, at least one. */
export const prsPerQuery = 25;

/** What a query shall bring of one pull request. */
export interface PrWanted {
  repository: RepositoryName;
  number: number;
  /** Also reviews, threads and comments, which cost far more than the rest. */
  withDiscussion: boolean;
}

/** A query with values for its variables; aliases are `pr0`…, `repo0`…. */
export interface Query {
  text: string;
  variables: Record<string, string | number>;
}

const scalars = `number url state isDraft title additions deletions changedFiles mergeable
  mergeStateStatus reviewDecision headRefName headRefOid baseRefName baseRefOid updatedAt
  author { login } headRepository { nameWithOwner } mergeCommit { oid }`;

const checks = `commits(last: 1) { nodes { commit { oid statusCheckRollup { state
  contexts(first: 100) { pageInfo { hasNextPage endCursor } nodes { __typename
    ... on CheckRun { name status conclusion detailsUrl title summary databaseId
      checkSuite { workflowRun { databaseId } app { slug } } }
    ... on StatusContext { context state targetUrl description } } } } } } }`;

const who = "author { __typename login } authorAssociation";

const discussion = `reviews(last: 50) { pageInfo { hasPreviousPage }
    nodes { id state url submittedAt body ${who} } }
  comments(last: 50) { pageInfo { hasPreviousPage } nodes { id url createdAt body ${who} } }
  reviewThreads(last: 50) { pageInfo { hasPreviousPage startCursor }
    nodes { id isResolved isOutdated path line
      comments(first: 20) { pageInfo { hasNextPage } nodes { id url createdAt body ${who} } } } }`;

const rateLimit = "rateLimit { cost remaining limit resetAt }";

/** One query for many pull requests, and for the open ones of repositories. */
export function batchQuery(
  prs: readonly PrWanted[],
  repositories: readonly RepositoryName[],
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
    `name: ${declare(`${alias}Name`, "String", repo)}) { nameWithOwner ${fields} }`;
  const parts = [
    ...prs.map((pr, index) => {
      const number = declare(`pr${index}Number`, "Int", pr.number);
      const fields = `${scalars} ${checks} ${pr.withDiscussion ? discussion : ""}`;
      return repository(
        `pr${index}`,
        pr.repository,
        `pullRequest(number: ${number}) { ${fields} }`,
      );
    }),
    ...repositories.map((name, index) => repository(`repo${index}`, name, openPrs)),
  ];
  const head = declared.length > 0 ? `query(${declared.join(", ")})` : "query";
  return { text: `${head} { ${parts.join("\n")} ${rateLimit} }`, variables };
}

/** The open pull requests of a repository, last changed first: where sessions find theirs. */
const openPrs = `pullRequests(states: OPEN, first: 100, orderBy: {field: UPDATED_AT, direction: DESC})
  { nodes { number url headRefName headRefOid headRepository { nameWithOwner } author { login } } }`;

/** Further checks of a commit that has more than one page of them. */
export const moreChecksQuery = `query($owner: String!, $name: String!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    commits(last: 1) { nodes { commit { oid statusCheckRollup { state
      contexts(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { __typename
        ... on CheckRun { name status conclusion detailsUrl title summary databaseId
          checkSuite { workflowRun { databaseId } app { slug } } }
        ... on StatusContext { context state targetUrl description } } } } } } } } }
  ${rateLimit} }`;

/** Older threads of a pull request that has more than one page of them. */
export const moreThreadsQuery = `query($owner: String!, $name: String!, $number: Int!, $before: String!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviewThreads(last: 50, before: $before) { pageInfo { hasPreviousPage startCursor }
      nodes { id isResolved isOutdated path line
        comments(first: 20) { pageInfo { hasNextPage } nodes { id url createdAt body ${who} } } } } } }
  ${rateLimit} }`;

/** Marks a review thread as resolved. */
export const resolveThreadMutation = `mutation($id: ID!) {
  resolveReviewThread(input: {threadId: $id}) { thread { id isResolved } } }`;

/** Who the token belongs to. */
export const viewerQuery = `query { viewer { login } ${rateLimit} }`;

/** Which ways to merge a repository allows. */
export const mergeSettingsQuery = `query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { mergeCommitAllowed squashMergeAllowed
    rebaseMergeAllowed viewerDefaultMergeMethod } ${rateLimit} }`;

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
