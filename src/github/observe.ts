import * as v from "valibot";

import type { PrObservation } from "../domain/observation.ts";
import {
  type CheckNode,
  moreChecks,
  moreThreads,
  type PullRequestNode,
  repositoryWithOpenPrs,
  repositoryWithPr,
  type ThreadNode,
} from "./answer.ts";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./failure.ts";
import type { Spend } from "./graphql.ts";
import { prKey, type RepositoryName } from "./host.ts";
import { batchQuery, moreChecksQuery, moreThreadsQuery, type PrWanted } from "./query.ts";
import { readPullRequest } from "./read.ts";

/** An open pull request, as far as finding its session needs it. */
export interface OpenPr {
  repository: RepositoryName;
  number: number;
  url: string;
  headRef: string;
  headSha: string;
  /** `owner/repo`, lower-cased; empty when the head's repository is gone. */
  headRepo: string;
  author: string;
}

/** What one batch brought: what came, and why the rest did not. */
export interface Batch {
  observations: PrObservation[];
  /** What failed, by the key of the pull request as it was asked for. */
  failures: Map<string, GitHubError>;
  /** By `owner/repo` as it was asked for. */
  openPrs: Map<string, OpenPr[]>;
  /** What the calls cost together; undefined when GitHub did not say. */
  spend: Spend | undefined;
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
): Promise<Batch> {
  const { text, variables } = batchQuery(prs, repositories);
  const answer = await github.graphql(text, variables);
  const batch: Batch = {
    observations: [],
    failures: new Map(),
    openPrs: new Map(),
    spend: answer.spend,
  };
  for (const [index, wanted] of prs.entries()) {
    const key = prKey(wanted.repository, wanted.number);
    const alias = `pr${index}`;
    try {
      const node = parsePr(answer.data[alias], answer.errors.get(alias), github.host);
      batch.observations.push(await complete(github, wanted, node, batch));
    } catch (error) {
      if (!(error instanceof GitHubError) || error.kind === "rate_limited") throw error;
      batch.failures.set(key, error);
    }
  }
  for (const [index, name] of repositories.entries()) {
    const found = readOpenPrs(answer.data[`repo${index}`], name);
    if (found) batch.openPrs.set(`${name.owner}/${name.repo}`, found);
  }
  return batch;
}

function parsePr(value: unknown, failure: GitHubError | undefined, host: string): PullRequestNode {
  const parsed = v.safeParse(repositoryWithPr, value ?? null);
  const node = parsed.success ? parsed.output?.pullRequest : undefined;
  if (node) return node;
  if (failure) throw failure;
  if (parsed.success) {
    throw new GitHubError("not_found", `${host}: pull request not found`, undefined);
  }
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? "answer";
  throw new GitHubError("malformed", `${host}: ${where}: ${issue.message}`, undefined);
}

/** Reads further pages of what the first page could not hold. */
async function complete(
  github: GitHub,
  wanted: PrWanted,
  node: PullRequestNode,
  batch: Batch,
): Promise<PrObservation> {
  const checks = await furtherChecks(github, wanted, node, batch);
  const { threads, hasMore } = await furtherThreads(github, wanted, node, batch);
  return readPullRequest(wanted.repository, node, { checks, threads, hasMoreThreads: hasMore });
}

async function furtherChecks(
  github: GitHub,
  wanted: PrWanted,
  node: PullRequestNode,
  batch: Batch,
): Promise<CheckNode[]> {
  const found: CheckNode[] = [];
  let page = node.commits.nodes.at(-1)?.commit.statusCheckRollup?.contexts.pageInfo;
  for (let count = 0; page?.hasNextPage && count < morePages; count++) {
    const variables = { ...placeOf(wanted), after: page.endCursor };
    const answer = await github.graphql(moreChecksQuery, variables);
    addSpend(batch, answer.spend);
    const parsed = v.safeParse(moreChecks, answer.data);
    const contexts = parsed.success
      ? parsed.output.repository.pullRequest.commits.nodes.at(-1)?.commit.statusCheckRollup
          ?.contexts
      : undefined;
    found.push(...(contexts?.nodes ?? []));
    page = contexts?.pageInfo;
  }
  return found;
}

async function furtherThreads(
  github: GitHub,
  wanted: PrWanted,
  node: PullRequestNode,
  batch: Batch,
): Promise<{ threads: ThreadNode[]; hasMore: boolean }> {
  const found: ThreadNode[] = [];
  let page = node.reviewThreads?.pageInfo;
  for (let count = 0; page?.hasPreviousPage && count < morePages; count++) {
    const variables = { ...placeOf(wanted), before: page.startCursor };
    const answer = await github.graphql(moreThreadsQuery, variables);
    addSpend(batch, answer.spend);
    const parsed = v.safeParse(moreThreads, answer.data);
    const threads = parsed.success ? parsed.output.repository.pullRequest.reviewThreads : undefined;
    if (!threads) break;
    found.unshift(...threads.nodes);
    page = threads.pageInfo;
  }
  return { threads: found, hasMore: page?.hasPreviousPage ?? false };
}

function placeOf({ repository, number }: PrWanted) {
  return { owner: repository.owner, name: repository.repo, number };
}

function addSpend(batch: Batch, spend: Spend | undefined): void {
  if (!spend) return;
  batch.spend = { ...spend, cost: spend.cost + (batch.spend?.cost ?? 0) };
}

function readOpenPrs(value: unknown, name: RepositoryName): OpenPr[] | undefined {
  const parsed = v.safeParse(repositoryWithOpenPrs, value ?? null);
  if (!parsed.success || !parsed.output) return undefined;
  // A renamed or transferred repository answers under its new name.
  const [owner = name.owner, repo = name.repo] = parsed.output.nameWithOwner
    .toLowerCase()
    .split("/");
  const repository = { host: name.host, owner, repo };
  return parsed.output.pullRequests.nodes.map((node) => ({
    repository,
    number: node.number,
    url: node.url,
    headRef: node.headRefName,
    headSha: node.headRefOid,
    headRepo: node.headRepository?.nameWithOwner.toLowerCase() ?? "",
    author: node.author?.login ?? "",
  }));
}
