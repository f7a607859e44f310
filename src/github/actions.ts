import * as v from "valibot";

import type { PrObservation } from "../domain/observation.ts";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./failure.ts";
import type { Budget } from "./graphql.ts";
import type { RepositoryName } from "./host.ts";
import { observe } from "./observe.ts";
import { headAccessQuery, mergeSettingsQuery, resolveThreadMutation } from "./query.ts";

/** A pull request by its place. */
export interface PrPlace {
  repository: RepositoryName;
  number: number;
}

/** The ways to merge, as GitHub's REST names them. */
const mergeMethods = ["merge", "squash", "rebase"] as const;
export type MergeMethod = (typeof mergeMethods)[number];

/**
 * Looks at one pull request now, with its checks and its discussion. Throws `GitHubError`:
 * `not_found` when there is none, `malformed`, `unavailable` and the others.
 */
export async function fetchPr(github: GitHub, place: PrPlace): Promise<PrObservation> {
  const { observations, failures } = await observe(
    github,
    [{ ...place, withDiscussion: true }],
    [],
  );
  const [found] = observations;
  if (found) return found;
  for (const failure of failures.values()) throw failure;
  throw new GitHubError("malformed", `${github.host} told nothing of ${nameOf(place)}`, undefined);
}

/**
 * Merges a pull request if its head is still `headSha`; returns the commit that came of it.
 * Throws `conflict` when the head has moved or GitHub does not merge it, and `GitHubError`.
 */
export async function mergePr(
  github: GitHub,
  place: PrPlace & { headSha: string; method: MergeMethod; title?: string; message?: string },
): Promise<string> {
  const { repository, number, headSha, method, title, message } = place;
  const { owner, repo } = repository;
  try {
    const answer = await github.rest("PUT /repos/{owner}/{repo}/pulls/{number}/merge", {
      ...{ owner, repo, number, sha: headSha, merge_method: method },
      ...(title === undefined ? {} : { commit_title: title }),
      ...(message === undefined ? {} : { commit_message: message }),
    });
    return read(github, v.object({ sha: v.string() }), answer.data).sha;
  } catch (error) {
    throw mergeFailure(error, place, headSha);
  }
}

/** Which ways to merge a repository allows, the viewer's default first. Throws `GitHubError`. */
export async function allowedMergeMethods(
  github: GitHub,
  { owner, repo }: RepositoryName,
): Promise<MergeMethod[]> {
  const answer = await github.graphql(mergeSettingsQuery, { owner, name: repo });
  const settings = v.safeParse(mergeSettings, answer.data["repository"]);
  if (!settings.success) throw answer.errors.get("repository") ?? noRepository(github, owner, repo);
  const { mergeCommitAllowed, squashMergeAllowed, rebaseMergeAllowed } = settings.output;
  const allowed: Record<MergeMethod, boolean> = {
    merge: mergeCommitAllowed,
    squash: squashMergeAllowed,
    rebase: rebaseMergeAllowed,
  };
  const preferred = settings.output.viewerDefaultMergeMethod.toLowerCase();
  return mergeMethods
    .filter((method) => allowed[method])
    .sort((one, other) => Number(other === preferred) - Number(one === preferred));
}

/** Marks a review thread as resolved; one that is already stays so. Throws `GitHubError`. */
export async function resolveThread(github: GitHub, threadId: string): Promise<void> {
  const data = await github.mutate(resolveThreadMutation, { id: threadId });
  const parsed = v.safeParse(resolvedThread, data["resolveReviewThread"]);
  if (parsed.success && parsed.output.thread.isResolved) return;
  throw new GitHubError("refused", `${github.host} left thread ${threadId} open`, undefined);
}

/**
 * Whether the viewer may push to the head of a pull request that is in another repository: as one
 * who may write there, or as a maintainer whom its author lets. Throws `GitHubError`.
 */
export async function mayPushToHead(
  github: GitHub,
  { repository: { owner, repo }, number }: PrPlace,
): Promise<boolean> {
  const { data } = await github.graphql(headAccessQuery, { owner, name: repo, number });
  const parsed = v.safeParse(headAccess, data["repository"]);
  // What cannot be seen is no permission.
  if (!parsed.success) return false;
  const { viewerPermission, pullRequest } = parsed.output;
  const isWriter = (permission: string | null | undefined) =>
    writing.some((one) => one === permission);
  const isMaintainer = pullRequest.maintainerCanModify && isWriter(viewerPermission);
  return isMaintainer || isWriter(pullRequest.headRepository?.viewerPermission);
}

/** Opens a pull request. Throws `conflict` when there is one already, and `GitHubError`. */
export async function createPullRequest(
  github: GitHub,
  request: {
    repository: RepositoryName;
    title: string;
    body: string;
    /** Branch with the work; `owner:branch` when it is in a fork. */
    head: string;
    base: string;
    isDraft: boolean;
  },
): Promise<{ number: number; url: string }> {
  const { repository, title, body, head, base, isDraft } = request;
  const { owner, repo } = repository;
  const answer = await github.rest("POST /repos/{owner}/{repo}/pulls", {
    ...{ owner, repo, title, body, head, base, draft: isDraft },
  });
  const created = v.object({ number: v.number(), html_url: v.string() });
  const { number, html_url: url } = read(github, created, answer.data);
  return { number, url };
}

/** The repository that one is a fork of, or undefined. Throws `GitHubError`. */
export async function parentOf(
  github: GitHub,
  { host, owner, repo }: RepositoryName,
): Promise<RepositoryName | undefined> {
  const { data } = await github.rest("GET /repos/{owner}/{repo}", { owner, repo });
  const { parent } = read(github, forkedRepository, data);
  const [parentOwner, parentRepo] = parent?.full_name.toLowerCase().split("/") ?? [];
  return parentOwner && parentRepo ? { host, owner: parentOwner, repo: parentRepo } : undefined;
}

function read<T>(github: GitHub, schema: v.GenericSchema<unknown, T>, data: unknown): T {
  const parsed = v.safeParse(schema, data);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? "answer";
  throw new GitHubError("malformed", `${github.host}: ${where}: ${issue.message}`, undefined);
}

const mergeSettings = v.object({
  mergeCommitAllowed: v.boolean(),
  squashMergeAllowed: v.boolean(),
  rebaseMergeAllowed: v.boolean(),
  viewerDefaultMergeMethod: v.string(),
});

const forkedRepository = v.object({ parent: v.nullish(v.object({ full_name: v.string() })) });

const writing = ["ADMIN", "MAINTAIN", "WRITE"] as const;

const headAccess = v.object({
  viewerPermission: v.nullable(v.string()),
  pullRequest: v.object({
    maintainerCanModify: v.boolean(),
    headRepository: v.nullable(v.object({ viewerPermission: v.nullable(v.string()) })),
  }),
});

const resolvedThread = v.object({ thread: v.object({ isResolved: v.boolean() }) });

/** GitHub answers 409 to a stale head, and 405 to what must not be merged (REST, "Merge a PR"). */
function mergeFailure(error: unknown, place: PrPlace, headSha: string): unknown {
  if (!(error instanceof GitHubError) || error.kind !== "refused") return error;
  const name = nameOf(place);
  if (error.more.status !== 409) {
    const why = error.more.said ?? "no reason given";
    return new GitHubError("refused", `${name} cannot be merged: ${why}`, undefined);
  }
  const message = `the head of ${name} is not ${headSha.slice(0, 12)} any more`;
  return new GitHubError("refused", message, `ao pr show ${place.number}`);
}

function nameOf({ repository, number }: PrPlace): string {
  return `pull request ${repository.owner}/${repository.repo}#${number}`;
}

function noRepository(github: GitHub, owner: string, repo: string): GitHubError {
  return new GitHubError("not_found", `${github.host} has no ${owner}/${repo}`, undefined);
}

/** What is left of both budgets, which is free to ask (REST, "Get rate limit status"). */
export async function fetchBudgets(github: GitHub): Promise<{ graphql: Budget; rest: Budget }> {
  const { data } = await github.rest("GET /rate_limit");
  const parsed = v.safeParse(
    v.object({ resources: v.object({ graphql: left, core: left }) }),
    data,
  );
  if (parsed.success) {
    const { graphql, core } = parsed.output.resources;
    return { graphql, rest: core };
  }
  throw new GitHubError("malformed", `${github.host} does not tell what is left`, undefined);
}

const left = v.pipe(
  v.object({ limit: v.number(), remaining: v.number(), reset: v.number() }),
  v.transform(({ limit, remaining, reset }) => ({ limit, remaining, resetAt: reset * 1000 })),
);
