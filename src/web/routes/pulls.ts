import type { Engine } from "../../engine/engine.ts";
import { mergePull } from "../../engine/github/merge.ts";
import { findPull } from "../../engine/github/pull-reference.ts";
import { pullChecks, pullDetails, pulls } from "../../engine/github/pull.ts";
import { observePull } from "../../engine/github/record-pull.ts";
import { resolveThreads } from "../../engine/github/resolve.ts";
import type { PrRow } from "../../store/observation.ts";
import { type Route, route } from "../route.ts";
import {
  checksQuery,
  checksSchema,
  freshQuery,
  mergeBody,
  mergedSchema,
  pullDetailsSchema,
  pullListSchema,
  pullParams,
  pullQuery,
  resolveBody,
  resolvedSchema,
} from "../schema/pull.ts";

export const pullRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/api/v1/prs",
    operationId: "listPullRequests",
    summary: "List open pull requests, ended ones only when asked for; last changed first",
    query: pullQuery,
    answer: pullListSchema,
    handle: ({ engine }, { query }) => ({
      prs: pulls(engine, { projectId: query.project, withClosed: query.all ?? false }),
    }),
  }),
  route({
    method: "GET",
    path: "/api/v1/prs/{key}",
    operationId: "showPullRequest",
    summary: "Show why a pull request stands where it stands",
    params: pullParams,
    query: freshQuery,
    answer: pullDetailsSchema,
    handle: async ({ engine }, { params, query }) =>
      pullDetails(engine, await find(engine, params.key, query.fresh)),
  }),
  route({
    method: "GET",
    path: "/api/v1/prs/{key}/checks",
    operationId: "listChecks",
    summary: "Show the checks of a pull request's head commit",
    params: pullParams,
    query: checksQuery,
    answer: checksSchema,
    handle: async ({ engine }, { params, query }) => {
      const row = await find(engine, params.key, query.fresh);
      const { key, number, headSha, ci } = row;
      const checks = pullChecks(engine, row, { withLog: query.log ?? false });
      return { key, number, headSha, ci, checks };
    },
  }),
  route({
    method: "POST",
    path: "/api/v1/prs/{key}/merge",
    operationId: "mergePullRequest",
    summary: "Merge a pull request at the head that was shown",
    params: pullParams,
    body: mergeBody,
    answer: mergedSchema,
    handle: async ({ engine }, { params, body }) => {
      const { headSha, method, force: isForced } = body;
      const pull = await find(engine, params.key);
      return await mergePull(engine, { pull, headSha, method, isForced });
    },
  }),
  route({
    method: "POST",
    path: "/api/v1/prs/{key}/resolve",
    operationId: "resolveThreads",
    summary: "Resolve review threads of a pull request on GitHub",
    params: pullParams,
    body: resolveBody,
    answer: resolvedSchema,
    handle: async ({ engine }, { params, body }) =>
      await resolveThreads(engine, await find(engine, params.key), body.threads),
  }),
];

async function find(engine: Engine, key: string, isFresh = false): Promise<PrRow> {
  const row = await findPull(engine, { text: key });
  return isFresh ? await observePull(engine, row) : row;
}
