import { removeSession } from "../../engine/cleanup.ts";
import { withIssue } from "../../engine/github/issue.ts";
import { chooseProject } from "../../engine/project.ts";
import { recover } from "../../engine/recovery.ts";
import { spawn } from "../../engine/spawn.ts";
import { sessionView, sessionViews } from "../../engine/view.ts";
import { getProject } from "../../store/project.ts";
import { sessionPrompt, setTitle } from "../../store/session.ts";
import { type Route, route } from "../route.ts";
import {
  promptSchema,
  removedSchema,
  renameBody,
  sessionListSchema,
  sessionParams,
  sessionQuery,
  sessionSchema,
  spawnBody,
} from "../schema/session.ts";

export const sessionRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/api/v1/sessions",
    operationId: "listSessions",
    summary: "List live sessions, ended ones only when asked for",
    query: sessionQuery,
    answer: sessionListSchema,
    handle: ({ engine }, { query }) => {
      const { project: projectId, all: withTerminated = false, status, agent } = query;
      if (projectId !== undefined) getProject(engine.store, projectId);
      const sessions = sessionViews(engine, { projectId, withTerminated })
        .filter((one) => status === undefined || status.includes(one.status))
        .filter((one) => agent === undefined || one.agent === agent);
      return { sessions };
    },
  }),
  route({
    method: "POST",
    path: "/api/v1/sessions",
    operationId: "spawnSession",
    summary: "Start an agent in a worktree of its own; answers once it really runs",
    body: spawnBody,
    answer: sessionSchema,
    status: 201,
    handle: async ({ engine }, { body }) => {
      const { projectId, claimPr: reference, allowTakeover: takeover, ...rest } = body;
      const project = chooseProject(engine, projectId, engine.dataDir);
      await recover(engine, (operation) => operation.projectId === project.id);
      const claim = reference === undefined ? undefined : { reference, takeover };
      const session = await spawn(engine, await withIssue(engine, { ...rest, project, claim }));
      return sessionView(engine, session.id);
    },
  }),
  route({
    method: "GET",
    path: "/api/v1/sessions/{id}",
    operationId: "showSession",
    summary: "Show a session with its status",
    params: sessionParams,
    answer: sessionSchema,
    handle: ({ engine }, { params }) => sessionView(engine, params.id),
  }),
  route({
    method: "PATCH",
    path: "/api/v1/sessions/{id}",
    operationId: "renameSession",
    summary: "Give a session another title",
    params: sessionParams,
    body: renameBody,
    answer: sessionSchema,
    handle: ({ engine }, { params, body }) => {
      engine.store.write((tx) => setTitle(tx, params.id, body.title));
      return sessionView(engine, params.id);
    },
  }),
  route({
    method: "DELETE",
    path: "/api/v1/sessions/{id}",
    operationId: "removeSession",
    summary: "Forget a session that was cleaned up; its escrow stays",
    params: sessionParams,
    answer: removedSchema,
    handle: ({ engine }, { params }) => {
      removeSession(engine, params.id);
      return { id: params.id, isRemoved: true };
    },
  }),
  route({
    method: "GET",
    path: "/api/v1/sessions/{id}/prompt",
    operationId: "showPrompt",
    summary: "Show the task that a session was given",
    params: sessionParams,
    answer: promptSchema,
    handle: ({ engine }, { params }) => ({
      id: params.id,
      prompt: sessionPrompt(engine.store, params.id),
    }),
  }),
];
