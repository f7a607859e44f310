import { listAgents, showAgent } from "../../engine/agents.ts";
import type { Engine } from "../../engine/engine.ts";
import { quotaJson, quotas } from "../../engine/github/quota.ts";
import { getProject, type Project } from "../../store/project.ts";
import { version } from "../../version.ts";
import { readiness } from "../readiness.ts";
import { type Route, route } from "../route.ts";
import { agentListSchema, agentParams, agentQuery, agentSchema } from "../schema/agent.ts";
import { healthSchema, readySchema } from "../schema/health.ts";
import { quotaSchema } from "../schema/quota.ts";

export const machineRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/api/v1/agents",
    operationId: "listAgents",
    summary: "List agents with what is installed here",
    query: agentQuery,
    answer: agentListSchema,
    handle: async ({ engine }, { query }) => ({
      agents: await listAgents(engine, projectOf(engine, query.project)),
    }),
  }),
  route({
    method: "GET",
    path: "/api/v1/agents/{name}",
    operationId: "showAgent",
    summary: "Show what one agent can do",
    params: agentParams,
    query: agentQuery,
    answer: agentSchema,
    handle: ({ engine }, { params, query }) =>
      showAgent(engine, params.name, projectOf(engine, query.project)),
  }),
  route({
    method: "GET",
    path: "/api/v1/quota",
    operationId: "showQuota",
    summary: "Show what is left of GitHub's limits, and who spends it",
    answer: quotaSchema,
    handle: async ({ engine }) => ({ hosts: (await quotas(engine)).map(quotaJson) }),
  }),
  route({
    method: "GET",
    path: "/healthz",
    operationId: "health",
    summary: "Tell that the process answers; the only route without a token",
    answer: healthSchema,
    isOpen: true,
    handle: () => ({ status: "ok" as const, name: "ao" as const, version, pid: process.pid }),
  }),
  route({
    method: "GET",
    path: "/readyz",
    operationId: "readiness",
    summary: "Tell whether the store is open and somebody runs the loops",
    answer: readySchema,
    handle: ({ web }) => readiness(web),
  }),
];

function projectOf({ store }: Engine, id: string | undefined): Project | undefined {
  return id === undefined ? undefined : getProject(store, id);
}
