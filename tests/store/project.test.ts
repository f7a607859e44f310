import { expect, test } from "bun:test";

import { listEvidence, recordEvidence } from "../../src/store/evidence.ts";
import * as notifications from "../../src/store/notification.ts";
import * as projects from "../../src/store/project.ts";
import { getSession, setTitle, terminate } from "../../src/store/session.ts";
import { newProject, Sample } from "../support/store.ts";

const { openNotification, resolveNotification } = notifications;

test("a project comes back as it was stored, by id and by path", () => {
  using sample = new Sample();
  const given = {
    ...newProject("shop"),
    origin: "git@github.com:acme/shop.git",
    host: "github.com",
    owner: "acme",
    repo: "shop",
  };
  sample.store.write((tx) => projects.insertProject(tx, given));
  const found = projects.getProject(sample.store, "shop");
  expect(found).toMatchObject({ ...given, config: "{}", trustHash: null, archivedAt: null });
  expect(projects.findProjectByPath(sample.store, "/srv/shop")).toEqual(found);
  expect(projects.findProjectByPath(sample.store, "/srv")).toBeUndefined();
});

test("an archived project is left out of lists, still resolves, and comes back", () => {
  using sample = new Sample();
  sample.project("shop");
  sample.project("blog");
  const archive = (isArchived: boolean) =>
    sample.store.write((tx) => projects.setProjectArchived(tx, "shop", isArchived));
  const ids = (all = false) => projects.listProjects(sample.store, all).map(({ id }) => id);
  archive(true);
  expect(ids()).toEqual(["blog"]);
  expect(ids(true)).toEqual(["blog", "shop"]);
  expect(projects.getProject(sample.store, "shop").archivedAt).toBeGreaterThan(0);
  archive(false);
  expect(ids()).toEqual(["blog", "shop"]);
});

test("two projects share neither id nor path", () => {
  using sample = new Sample();
  sample.project();
  expect(() => sample.project()).toThrow("UNIQUE");
  const twin = { ...newProject("twin"), path: "/srv/shop" };
  expect(() => sample.store.write((tx) => projects.insertProject(tx, twin))).toThrow("UNIQUE");
});

test("settings, trust and repository change one by one", () => {
  using sample = new Sample();
  sample.project();
  sample.store.write((tx) => {
    projects.setProjectConfig(tx, "shop", '{"agent":"codex"}');
    projects.setProjectTrust(tx, "shop", "hash");
    projects.setProjectRepository(tx, { ...newProject("shop"), path: "/other", owner: "acme" });
  });
  expect(projects.getProject(sample.store, "shop")).toMatchObject({
    config: '{"agent":"codex"}',
    trustHash: "hash",
    owner: "acme",
    path: "/srv/shop",
  });
  const broken = () => sample.store.write((tx) => projects.setProjectConfig(tx, "shop", "{"));
  expect(broken).toThrow("CHECK");
});

test("only sessions that have not ended count as live", () => {
  using sample = new Sample();
  sample.project();
  for (let index = 0; index < 3; index++) sample.session();
  sample.store.write((tx) => terminate(tx, getSession(tx, "shop-2"), "killed", null));
  expect(projects.countLiveSessions(sample.store, "shop")).toBe(2);
  expect(projects.countLiveSessions(sample.store, "blog")).toBe(0);
});

test("a project that is not there is told", () => {
  using sample = new Sample();
  const { store } = sample;
  expect(() => projects.getProject(store, "blog")).toThrow("project blog not found");
  const calls = [
    () => store.write((tx) => projects.setProjectArchived(tx, "blog", true)),
    () => store.write((tx) => projects.setProjectConfig(tx, "blog", "{}")),
    () => store.write((tx) => projects.setProjectTrust(tx, "blog", null)),
    () => store.write((tx) => projects.setProjectRepository(tx, newProject("blog"))),
    () => store.write((tx) => projects.takeSessionNumber(tx, "blog")),
  ];
  for (const call of calls) expect(call).toThrow("project blog not found");
});

test("a notification is open once, and can be opened again after its end", () => {
  using sample = new Sample();
  sample.project("shop");
  sample.project("blog");
  for (const project of ["shop", "shop", "blog"]) sample.session(project);
  const open = (type: string, projectId: string, sessionId: string | null) =>
    sample.store.write((tx) =>
      openNotification(tx, { type, projectId, sessionId, title: type, body: "" }),
    );
  const resolve = (type: string, projectId: string, sessionId: string | null) =>
    sample.store.write((tx) => resolveNotification(tx, type, { projectId, sessionId }));
  expect(open("stuck", "shop", "shop-1")).toBe(true);
  expect(open("stuck", "shop", "shop-1")).toBe(false);
  expect(open("stuck", "shop", "shop-2")).toBe(true);
  expect(open("agent_exited", "shop", "shop-1")).toBe(true);
  expect(open("runtime_unreachable", "shop", null)).toBe(true);
  expect(open("runtime_unreachable", "shop", null)).toBe(false);
  expect(open("runtime_unreachable", "blog", null)).toBe(true);
  expect(sample.eventsOf(() => resolve("stuck", "shop", "shop-1"))).toHaveLength(1);
  expect(sample.eventsOf(() => resolve("stuck", "shop", "shop-1"))).toEqual([]);
  expect(open("stuck", "shop", "shop-1")).toBe(true);
  expect(open("stuck", "shop", "shop-2")).toBe(false);
  resolve("runtime_unreachable", "shop", null);
  const find = (projectId: string) =>
    notifications.findOpenNotification(sample.store, "runtime_unreachable", projectId);
  expect(find("shop")).toBeUndefined();
  expect(find("blog")?.createdAt).toBeGreaterThan(0);
});

test("evidence keeps the latest of each source", () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  const record = (source: "git" | "hook", verdict: string) =>
    sample.store.write((tx) => recordEvidence(tx, id, { source, verdict, detail: verdict }));
  record("hook", "idle");
  record("git", "clean");
  record("hook", "active");
  const found = listEvidence(sample.store, id);
  expect(found.map(({ source, verdict }) => [source, verdict])).toEqual([
    ["git", "clean"],
    ["hook", "active"],
  ]);
});

test("what happens in one transaction has one time", () => {
  let now = 0;
  using sample = new Sample(() => (now += 1_000));
  sample.project();
  const id = sample.session();
  const times = sample.store.write((tx) => {
    setTitle(tx, id, "x");
    return [tx.now, getSession(tx, id).updatedAt];
  });
  expect(new Set(times).size).toBe(1);
});
