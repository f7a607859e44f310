import { homedir } from "node:os";

import { projectView } from "../../engine/project-view.ts";
import { addProject, removeProject, setProjectSettings } from "../../engine/project.ts";
import { getProject, listProjects } from "../../store/project.ts";
import { type Route, route } from "../route.ts";
import {
  addProjectBody,
  projectListSchema,
  projectParams,
  projectQuery,
  projectSchema,
  setProjectBody,
} from "../schema/project.ts";

export const projectRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/api/v1/projects",
    operationId: "listProjects",
    summary: "List projects, archived ones only when asked for",
    query: projectQuery,
    answer: projectListSchema,
    handle: ({ engine }, { query }) => ({
      projects: listProjects(engine.store, query.all).map(projectView),
    }),
  }),
  route({
    method: "POST",
    path: "/api/v1/projects",
    operationId: "addProject",
    summary: "Add the repository at a path, or bring an archived project back",
    body: addProjectBody,
    answer: projectSchema,
    status: 201,
    handle: async ({ engine }, { body }) => {
      const home = engine.env["HOME"] || homedir();
      const path = body.path.replace(/^~(?=\/|$)/, () => home);
      return projectView(await addProject(engine, path, body.id));
    },
  }),
  route({
    method: "GET",
    path: "/api/v1/projects/{id}",
    operationId: "showProject",
    summary: "Show a project with the settings made on this machine",
    params: projectParams,
    answer: projectSchema,
    handle: ({ engine }, { params }) => projectView(getProject(engine.store, params.id)),
  }),
  route({
    method: "PATCH",
    path: "/api/v1/projects/{id}",
    operationId: "setProject",
    summary: "Change settings of a project on this machine, all or none",
    params: projectParams,
    body: setProjectBody,
    answer: projectSchema,
    handle: ({ engine }, { params, body }) => {
      const changes = Object.entries(body.config).map(([key, value]) => [key, value ?? undefined]);
      return projectView(setProjectSettings(engine, params.id, Object.fromEntries(changes)));
    },
  }),
  route({
    method: "DELETE",
    path: "/api/v1/projects/{id}",
    operationId: "removeProject",
    summary: "Archive a project; the repository is not touched",
    params: projectParams,
    answer: projectSchema,
    handle: ({ engine }, { params }) => projectView(removeProject(engine, params.id)),
  }),
];
