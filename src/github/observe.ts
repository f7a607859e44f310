import * as v from "valibot";

import type { PrObservation } from "../domain/observation.ts";
import {
  type ChecksPage,
  moreChecks,
  moreThreads,
  type PullRequestNode,
  repositoryWithOpenPrs,
  repositoryWithPr,
} from "./answer.ts";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./failure.ts";
import { prKey, type RepositoryName } from "./host.ts";
import {
  batchQuery,
  type BranchWanted,
  moreChecksQuery,
  moreThreadsQuery,
  prsPerListing,
  type PrWanted,
} from "./query.ts";
import { type FurtherPages, readPullRequest } from "./read.ts";

/** An open pull request, as far as finding its session needs it. */
export interface OpenPr {
  /** Where it was opened: the repository that was asked about, or the one it is a fork of. */
  repository: RepositoryName;
  /** The repository that was asked about. */
  listedIn: RepositoryName;
  number: number;
  url: string;
  headRef: string;
  headSha: string;
  /** Its head is in the repository that was asked about, under whatever name that has now. */
  isOwnHead: boolean;
}

/** What one batch brought: what came, and why the rest did not. */
export interface Batch {
  observations: PrObservation[];
  /** What failed, by the key of the pull request as it was asked for. */
  failures: Map<string, GitHubError>;
  openPrs: OpenPr[];
  /** Whose token asked; absent: it did not say. */
  viewer?: string;
  /** Repositories that have more open pull requests than were listed. */
  crowded: RepositoryName[];
}

/** Pages of threads and checks that are read beyond the first. */
const morePages = 4;

/**
 * Looks at pull requests and at repositories' open ones in one query. One that is broken or gone
 * never spoils the others. Throws `GitHubError` when nothing came at all.
 */
export async function observe(
  github: GitHub,
  prs: readonly PrWanted[],
  repositories: readonly RepositoryName[],
  branches: readonly BranchWanted[] = [],
): Promise<Batch> {
  const { text, variables } = batchQuery(prs, repositories, branches);
  const answer = await github.graphql(text, variables);
  const batch: Batch = {
    observations: [],
    failures: new Map(),
    openPrs: [],
    crowded: [],
    ...readViewer(answer.data["viewer"]),
  };
  for (const [index, wanted] of prs.entries()) {
    const key = prKey(wanted.repository, wanted.number);
    const alias = `pr${index}`;
    try {
      const failure = answer.errors.get(alias);
      const node = parsePr(answer.data[alias], failure, key);
      batch.observations.push(await complete(github, wanted, node, failure !== undefined));
    } catch (error) {
      if (!(error instanceof GitHubError) || error.kind === "rate_limited") throw error;
      batch.failures.set(key, error);
    }
  }
  for (const [index, name] of repositories.entries()) {
    const found = readOpenPrs(answer.data[`repo${index}`], name);
    batch.openPrs.push(...found);
    if (found.length >= prsPerListing) batch.crowded.push(name);
  }
  for (const [index, { repository }] of branches.entries()) {
    batch.openPrs.push(...readOpenPrs(answer.data[`branch${index}`], repository));
  }
  return batch;
}

function parsePr(value: unknown, failure: GitHubError | undefined, key: string): PullRequestNode {
  const parsed = v.safeParse(repositoryWithPr, value ?? null);
  const node = parsed.success ? parsed.output?.pullRequest : undefined;
  if (node) return node;
  if (failure && failure.kind !== "not_found") throw failure;
  if (failure || parsed.success) {
    const hint = "a private repository looks like none to a token that may not see it";
    throw new GitHubError("not_found", `pull request ${key} not found`, hint);
  }
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? "answer";
  throw new GitHubError("malformed", `${key}: ${where}: ${issue.message}`, undefined);
}

/** Reads further pages of what the first page could not hold. */
async function complete(
  github: GitHub,
  wanted: PrWanted,
  node: PullRequestNode,
  isPartial: boolean,
): Promise<PrObservation> {
  const more: FurtherPages = {
    ...{ checks: [], hasMoreChecks: false },
    ...{ threads: [], hasMoreThreads: false },
    isPartial,
  };
  await addChecks(github, wanted, node, more);
  await addThreads(github, wanted, node, more);
  return readPullRequest(wanted.repository, node, more);
}

async function addChecks(
  github: GitHub,
  wanted: PrWanted,
  node: PullRequestNode,
  more: FurtherPages,
): Promise<void> {
  let page = checksPage(node.commits);
  for (let count = 0; page?.pageInfo.hasNextPage && count < morePages; count++) {
    const variables = { ...placeOf(wanted), after: page.pageInfo.endCursor };
    const answer = await github.graphql(moreChecksQuery, variables);
    const parsed = v.safeParse(moreChecks, answer.data);
    if (!parsed.success) break;
    page = checksPage(parsed.output.repository.pullRequest.commits);
    more.checks.push(...(page?.nodes ?? []));
  }
  more.hasMoreChecks = page?.pageInfo.hasNextPage ?? false;
}

async function addThreads(
  github: GitHub,
  wanted: PrWanted,
  node: PullRequestNode,
  more: FurtherPages,
): Promise<void> {
  let page = node.reviewThreads?.pageInfo;
  for (let count = 0; page?.hasPreviousPage && count < morePages; count++) {
    const variables = { ...placeOf(wanted), before: page.startCursor };
    const answer = await github.graphql(moreThreadsQuery, variables);
    const parsed = v.safeParse(moreThreads, answer.data);
    if (!parsed.success) break;
    const { nodes, pageInfo } = parsed.output.repository.pullRequest.reviewThreads;
    more.threads.unshift(...nodes);
    page = pageInfo;
  }
  more.hasMoreThreads = page?.hasPreviousPage ?? false;
}

function checksPage(commits: PullRequestNode["commits"]): ChecksPage | undefined {
  return commits.nodes.at(-1)?.commit.statusCheckRollup?.contexts;
}

function placeOf({ repository, number }: PrWanted) {
  return { owner: repository.owner, name: repository.repo, number };
}

function readViewer(value: unknown): { viewer?: string } {
  const parsed = v.safeParse(v.object({ login: v.string() }), value);
  return parsed.success ? { viewer: parsed.output.login } : {};
}

function readOpenPrs(value: unknown, asked: RepositoryName): OpenPr[] {
  const parsed = v.safeParse(repositoryWithOpenPrs, value ?? null);
  if (!parsed.success || !parsed.output) return [];
  // A renamed or transferred repository answers under its new name, but stays what it was here.
  const { nameWithOwner, pullRequests, parent } = parsed.output;
  const read = (nodes: typeof pullRequests.nodes, repository: RepositoryName) =>
    nodes.map((node) => ({
      repository,
      listedIn: asked,
      number: node.number,
      url: node.url,
      headRef: node.headRefName,
      headSha: node.headRefOid,
      isOwnHead: node.headRepository?.nameWithOwner === nameWithOwner,
    }));
  const own = read(pullRequests.nodes, asked);
  if (!parent) return own;
  const [owner = "", repo = ""] = parent.nameWithOwner.toLowerCase().split("/");
  return [...own, ...read(parent.pullRequests.nodes, { host: asked.host, owner, repo })];
}
