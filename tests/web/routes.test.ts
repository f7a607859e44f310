import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import * as v from "valibot";

import { openNotification } from "../../src/store/notification.ts";
import type { Route } from "../../src/web/route.ts";
import { routes, routesAt } from "../../src/web/routes.ts";
import { echo } from "../support/ao.ts";
import { patience, World } from "../support/engine.ts";
import { waitFor } from "../support/wait.ts";
import { SampleFace, TestFace } from "../support/web.ts";

setDefaultTimeout(60_000);

/** Asks, and holds each answer against what its route says of it. */
class Caller {
  readonly asked = new Set<string>();

  constructor(private readonly face: TestFace) {}

  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.face.send(method, `/api/v1${path}`, body);
    const text = await answer.text();
    const route = routeOf(method, `/api/v1${path}`);
    this.asked.add(route.operationId);
    expect([path, answer.status, text]).toEqual([path, route.answer.status, text]);
    const value: unknown = JSON.parse(text);
    v.assert(route.answer.schema, value);
    return value as T;
  }

  async get<T>(path: string): Promise<T> {
    const answer = await this.face.fetch(`/api/v1${path}`);
    const route = routeOf("GET", `/api/v1${path}`.replace(/\?.*/, ""));
    this.asked.add(route.operationId);
    const value: unknown = await answer.json();
    expect([path, answer.status, value]).toEqual([path, 200, value]);
    v.assert(route.answer.schema, value);
    return value as T;
  }
}

interface Session {
  id: string;
  status: string;
  worktreePath: string;
}

test("a session lives and ends by the API alone", async () => {
  using world = new World();
  const engine = world.engine();
  await using face = new TestFace(engine);
  const api = new Caller(face);
  await api.ask("POST", "/projects", { path: world.root });
  expect(await api.get("/projects")).toMatchObject({ projects: [{ id: "shop" }] });
  const config = { cleanupGraceSeconds: 1, runtime: "pty" };
  expect(await api.ask("PATCH", "/projects/shop", { config })).toMatchObject({ config });
  const less = await api.ask("PATCH", "/projects/shop", { config: { runtime: null } });
  expect(less).toMatchObject({ config: { cleanupGraceSeconds: 1 } });
  const wish = { projectId: "shop", agent: "command", command: echo, prompt: "say hello" };
  const { id, worktreePath } = await api.ask<Session>("POST", "/sessions", wish);
  const { sessions } = await api.get<{ sessions: Session[] }>("/sessions?agent=command");
  expect(sessions.map((one) => one.id)).toEqual([id]);
  expect(await api.get("/sessions?status=killed,lost")).toEqual({ sessions: [] });
  const named = await api.ask("PATCH", `/sessions/${id}`, { title: " a new one " });
  expect(named).toMatchObject({ title: "a new one" });
  expect(await api.get(`/sessions/${id}`)).toMatchObject({ id, title: "a new one" });
  expect(await api.get(`/sessions/${id}/prompt`)).toMatchObject({ prompt: "say hello" });
  const shows = async () =>
    (await api.get<{ lines: string[] }>(`/sessions/${id}/screen`)).lines.includes("hello");
  await waitFor(shows, patience);
  const text = { text: "you", wait: "submitted" };
  expect(await api.ask("POST", `/sessions/${id}/send`, text)).toMatchObject({ isReached: true });
  const sent = `/sessions/${id}/messages?limit=5`;
  const { messages } = await api.get<{ messages: { id: string }[] }>(sent);
  expect(messages).toMatchObject([{ text: "you", state: "submitted", source: "person" }]);
  await api.get(`/messages/${messages[0]?.id}`);
  const answers = async () =>
    (await api.get<{ lines: string[] }>(`/sessions/${id}/logs?lines=5`)).lines.includes("got you");
  await waitFor(answers, patience);
  await Bun.write(join(worktreePath, "new.txt"), "new\n");
  expect(await api.get(`/sessions/${id}/diff`)).toMatchObject({ files: 1, additions: 1 });
  expect(await api.get(`/sessions/${id}/diff?stat=true`)).toMatchObject({ files: 1 });
  await api.get(`/sessions/${id}/why`);
  await api.get(`/sessions/${id}/pr`);
  const approval = await face.send("POST", `/api/v1/sessions/${id}/approve`, {});
  expect([approval.status, await approval.json()]).toMatchObject([409, { code: "CONFLICT" }]);
  expect(await api.ask("POST", `/sessions/${id}/kill`)).toMatchObject({ status: "killed" });
  expect(await api.ask("POST", `/sessions/${id}/restore`)).toMatchObject({ conversation: "fresh" });
  await api.ask("POST", `/sessions/${id}/kill`, {});
  const cleaned = await api.ask("POST", `/sessions/${id}/cleanup`, { purge: true });
  expect(cleaned).toMatchObject({ outcome: "removed", escrowRef: expect.any(String) });
  expect(await api.ask("DELETE", `/sessions/${id}`)).toEqual({ id, isRemoved: true });
  expect(await api.ask("DELETE", "/projects/shop")).toMatchObject({ isArchived: true });
  expect(await api.get("/projects")).toEqual({ projects: [] });
  expect(await api.get("/projects?all=true")).toMatchObject({ projects: [{ id: "shop" }] });
  expect(api.asked.size).toBeGreaterThan(18);
});

test("no dialog but the one that was shown is answered", async () => {
  await using face = new SampleFace();
  face.sample.project();
  const id = face.sample.session();
  const late = await face.send("POST", `/api/v1/sessions/${id}/approve`, { asked: "rm -r build" });
  const message = `session ${id} does not ask for that any more`;
  expect([late.status, await late.json()]).toMatchObject([409, { code: "CONFLICT", message }]);
});

test("notifications are listed and read, one by one or all", async () => {
  using world = new World();
  const engine = world.engine();
  await using face = new TestFace(engine);
  const api = new Caller(face);
  await api.ask("POST", "/projects", { path: world.root });
  const about = { projectId: "shop", sessionId: null, title: "a title", body: "a body" };
  engine.store.write((tx) => {
    for (const type of ["stuck", "runtime_unreachable"]) openNotification(tx, { ...about, type });
  });
  const list = async (query: string) =>
    (await api.get<{ notifications: { id: string }[] }>(`/notifications${query}`)).notifications;
  const [first, second] = await list("?project=shop");
  expect(await api.ask("POST", `/notifications/${first?.id}/read`)).toEqual({ read: [first?.id] });
  expect(await list("")).toHaveLength(1);
  const rest = await api.ask("POST", "/notifications/read", { projectId: "shop" });
  expect(rest).toEqual({ read: [second?.id] });
  expect(await list("?all=true")).toHaveLength(2);
});

test("the machine tells of its agents, its quota and its document", async () => {
  using world = new World();
  await using face = new TestFace(world.engine({ env: { ...world.env, PATH: world.bin } }));
  const api = new Caller(face);
  const { agents } = await api.get<{ agents: { name: string }[] }>("/agents");
  expect(agents.map(({ name }) => name)).toContain("codex");
  expect(await api.get("/agents/codex")).toMatchObject({ isInstalled: false });
  expect(await api.get("/quota")).toEqual({ hosts: [] });
  expect(await api.get("/openapi.json")).toMatchObject({ openapi: "3.1.0" });
});

test("a daemon whose loops nobody runs is not ready, and says so", async () => {
  await using face = new SampleFace();
  const answer = await face.fetch("/readyz");
  expect([answer.status, await answer.json()]).toMatchObject([
    503,
    { code: "NOT_READY", message: "nobody runs the loops", details: { store: { floor: 0 } } },
  ]);
});

test("a path finds its route, its parts decoded, and nothing else", () => {
  const at = (path: string) => [...routesAt(path).values()].map((match) => match.path);
  expect(at("/api/v1/prs/github.com%2Facme%2Fshop%237")).toEqual([
    { key: "github.com/acme/shop#7" },
  ]);
  expect(at("/api/v1/prs/github.com/acme/shop")).toEqual([]);
  expect(at("/api/v1/sessions/%zz")).toEqual([]);
  expect(at("/api/v1/sessions/shop-1/")).toEqual([]);
  expect(routes.every(({ path }) => routesAt(path).size > 0)).toBe(true);
});

function routeOf(method: string, path: string): Route {
  const found = [...routesAt(path).values()].find(({ route }) => route.method === method);
  if (!found) throw new Error(`no route takes ${method} ${path}`);
  return found.route;
}
