import { expect, test } from "bun:test";

import type { SessionPatch } from "../../src/domain/lifecycle.ts";
import type { Session } from "../../src/domain/session.ts";
import { AoError } from "../../src/error.ts";
import { recordEvidence } from "../../src/store/evidence.ts";
import { queueMessage } from "../../src/store/message.ts";
import { listNotifications, openNotification } from "../../src/store/notification.ts";
import * as sessions from "../../src/store/session.ts";
import { Sample } from "../support/store.ts";

const { findSession, getSession, listSessions, patchSession } = sessions;

test("numbers are dense in each project and never given again", () => {
  using sample = shop();
  sample.project("blog");
  const ids = [sample.session("shop"), sample.session("blog"), sample.session("shop")];
  expect(ids).toEqual(["shop-1", "blog-1", "shop-2"]);
  sample.store.write((tx) => sessions.deleteSession(tx, "shop-2"));
  sample.reopen();
  expect(sample.session("shop")).toBe("shop-3");
});

test("a transaction that fails takes its number back", () => {
  using sample = shop();
  const failing = () =>
    sample.store.write((tx) => {
      tx.one("projectTakeNumber", { id: "shop" });
      throw new Error("undone");
    });
  expect(failing).toThrow("undone");
  expect(sample.session()).toBe("shop-1");
});

test("a confirmed launch ends what was told of the one before, not what this one asks", () => {
  using sample = shop();
  const types = () =>
    listNotifications(sample.store, { withAll: false, limit: 9 }).map(({ type }) => type);
  for (const [asks, left] of [
    [false, []],
    [true, ["needs_approval"]],
  ] as const) {
    const id = sample.session("shop", { isLaunched: false });
    sample.store.write((tx) => {
      const about = { projectId: "shop", sessionId: id, title: "t", body: "" };
      for (const type of ["stuck", "needs_approval"]) openNotification(tx, { ...about, type });
      const activityDetail = { kind: "approval", text: "rm" } as const;
      if (asks) patchSession(tx, getSession(tx, id), { activity: "blocked", activityDetail });
      sessions.setLaunched(tx, id, "launch-1");
    });
    expect(types()).toEqual([...left]);
  }
});

test("a session comes back as it was stored", () => {
  using sample = shop();
  const given = { agent: "codex", model: "big", mode: "auto", issue: "214" } as const;
  const id = sample.session("shop", { ...given, terminateOnMerge: false, isLaunched: false });
  const session = getSession(sample.store, id);
  expect(session).toMatchObject({
    ...given,
    id,
    number: 1,
    terminateOnMerge: false,
    isTerminated: false,
    activity: "idle",
    launchedAt: null,
    revision: 1,
  });
  expect(sessions.sessionPrompt(sample.store, id)).toBe("do it");
  const { activityDetail } = session;
  expect(activityDetail).toBeNull();
});

test("lists leave out what has ended, unless asked", () => {
  using sample = shop();
  sample.project("blog");
  for (const project of ["shop", "blog", "shop"]) sample.session(project);
  sample.store.write((tx) =>
    sessions.terminate(tx, getSession(tx, "shop-1"), "killed", "refs/ao/escrow/shop-1/1"),
  );
  const ids = (filter?: sessions.SessionFilter) =>
    listSessions(sample.store, filter).map(({ id }) => id);
  expect(ids()).toEqual(["blog-1", "shop-2"]);
  expect(ids({ projectId: "shop" })).toEqual(["shop-2"]);
  expect(ids({ withTerminated: true })).toEqual(["blog-1", "shop-1", "shop-2"]);
  expect(sessions.sessionIds(sample.store, false)).toEqual(["blog-1", "shop-2"]);
  expect(sessions.sessionIds(sample.store, true)).toHaveLength(3);
  expect(getSession(sample.store, "shop-1")).toMatchObject({
    isTerminated: true,
    terminationReason: "killed",
    escrowRef: "refs/ao/escrow/shop-1/1",
  });
});

test("a patch of an outdated row is refused, and what came between is kept", () => {
  using sample = shop();
  const id = sample.session();
  const read = getSession(sample.store, id);
  sample.store.write((tx) => sessions.setTitle(tx, id, "renamed meanwhile"));
  const activity: SessionPatch = { activity: "active", activityAt: 5 };
  expect(sample.store.write((tx) => patchSession(tx, read, activity))).toBe(false);
  expect(getSession(sample.store, id)).toMatchObject({
    title: "renamed meanwhile",
    activity: "idle",
  });
  const again = getSession(sample.store, id);
  expect(sample.store.write((tx) => patchSession(tx, again, activity))).toBe(true);
  expect(getSession(sample.store, id)).toMatchObject({
    title: "renamed meanwhile",
    activity: "active",
    revision: again.revision + 1,
  });
});

test("a patch changes what it names and keeps all the rest", () => {
  using sample = shop();
  const id = sample.session("shop", { agentSessionId: "conversation", model: "big" });
  const before = getSession(sample.store, id);
  const detail = { kind: "question" as const, text: "which one?" };
  const patch: SessionPatch = { activity: "waiting_input", activityAt: 7, activityDetail: detail };
  sample.store.write((tx) => patchSession(tx, before, patch));
  const after = getSession(sample.store, id);
  const { revision, updatedAt } = after;
  expect(after).toEqual({ ...before, ...patch, revision, updatedAt });
  expect(after.agentSessionId).toBe("conversation");
});

const missing: [string, (sample: Sample) => unknown][] = [
  ["getSession", ({ store }) => getSession(store, "shop-9")],
  ["sessionPrompt", ({ store }) => sessions.sessionPrompt(store, "shop-9")],
  ["setTitle", ({ store }) => store.write((tx) => sessions.setTitle(tx, "shop-9", "x"))],
  ["setPurged", ({ store }) => store.write((tx) => sessions.setPurged(tx, "shop-9", true))],
  ["setEscrow", ({ store }) => store.write((tx) => sessions.setEscrow(tx, "shop-9", "x"))],
  ["setLaunched", ({ store }) => store.write((tx) => sessions.setLaunched(tx, "shop-9", "l"))],
  ["setCleanup", ({ store }) => store.write((tx) => sessions.setCleanup(tx, "shop-9"))],
  ["deleteSession", ({ store }) => store.write((tx) => sessions.deleteSession(tx, "shop-9"))],
  [
    "setLaunch",
    ({ store }) =>
      store.write((tx) => sessions.setLaunch(tx, "shop-9", { launchId: "l", runtime: "pty" })),
  ],
  [
    "setBase",
    ({ store }) => store.write((tx) => sessions.setBase(tx, "shop-9", { ref: "r", sha: "s" })),
  ],
];

test.each(missing)("%s of a session that is not there tells so", (_name, action) => {
  using sample = shop();
  const error = errorOf(() => action(sample));
  expect(error).toMatchObject({ code: "not_found", message: "session shop-9 not found" });
  expect(error.hint).toBe("ao ls --all");
  expect(findSession(sample.store, "shop-9")).toBeUndefined();
});

test("evidence and messages of a session that was removed meanwhile are a conflict", () => {
  using sample = shop();
  const evidence = { source: "git" as const, verdict: "clean", detail: "" };
  const record = () => sample.store.write((tx) => recordEvidence(tx, "shop-9", evidence));
  expect(errorOf(record)).toMatchObject({ code: "conflict" });
  const message = { id: "m", sessionId: "shop-9", source: "person" as const, body: "go" };
  const queue = () => sample.store.write((tx) => queueMessage(tx, message));
  expect(errorOf(queue)).toMatchObject({ code: "conflict" });
});

test("a new launch forgets the end of the last one and keeps who it is", () => {
  using sample = shop();
  const id = sample.session("shop", { agentSessionId: "conversation" });
  end(sample, id);
  sample.store.write((tx) => sessions.setCleanup(tx, id));
  const launch = { launchId: "launch-2", runtime: "tmux" as const };
  sample.store.write((tx) => sessions.setLaunch(tx, id, launch));
  expect(getSession(sample.store, id)).toMatchObject({
    ...launch,
    launchedAt: null,
    isTerminated: false,
    terminationReason: null,
    activity: "idle",
    exitCode: null,
    exitedAt: null,
    cleanupAt: null,
    agentSessionId: "conversation",
    title: `title of ${id}`,
  });
});

test("a launch that is not the present one changes nothing", () => {
  using sample = shop();
  const id = sample.session("shop", { isLaunched: false });
  const { store } = sample;
  expect(store.write((tx) => sessions.setHandle(tx, id, "older", {}))).toBe(false);
  const late = () => store.write((tx) => sessions.setLaunched(tx, id, "older"));
  expect(errorOf(late).code).toBe("not_found");
  expect(store.write((tx) => sessions.setHandle(tx, id, "launch-1", { pid: 1 }))).toBe(true);
  expect(getSession(store, id).runtimeHandle).toBe('{"pid":1}');
});

test("launch columns that were kept can be put back", () => {
  using sample = shop();
  const id = sample.session();
  end(sample, id);
  const before = getSession(sample.store, id);
  const launch = { launchId: "launch-2", runtime: "tmux" as const };
  sample.store.write((tx) => sessions.setLaunch(tx, id, launch));
  sample.store.write((tx) => sessions.revertLaunch(tx, id, before));
  const { revision, updatedAt } = getSession(sample.store, id);
  expect(getSession(sample.store, id)).toEqual({ ...before, revision, updatedAt });
});

test("a session ends once, and a later end does not change why", () => {
  using sample = shop();
  const id = sample.session();
  const terminate = (reason: "killed" | "pr_merged") =>
    sample.store.write((tx) => sessions.terminate(tx, getSession(tx, id), reason, null));
  expect(terminate("killed")).toBe(true);
  expect(terminate("pr_merged")).toBe(false);
  expect(getSession(sample.store, id).terminationReason).toBe("killed");
  expect(sample.store.write((tx) => sessions.setKillRequested(tx, id))).toBe(false);
});

test("the first wish to kill keeps its time, and can be taken back", () => {
  let now = 1_000;
  using sample = new Sample(() => now);
  sample.project();
  const id = sample.session();
  const request = () => sample.store.write((tx) => sessions.setKillRequested(tx, id));
  request();
  now = 2_000;
  request();
  expect(getSession(sample.store, id).killRequestedAt).toBe(1_000);
  sample.store.write((tx) => sessions.clearKillRequested(tx, id));
  expect(getSession(sample.store, id).killRequestedAt).toBeNull();
});

test("a launch that runs ends what a person was told of the last one", () => {
  using sample = shop();
  const id = sample.session();
  const tell = () =>
    sample.store.write((tx) => {
      const about = { projectId: "shop", sessionId: id, title: "it ended", body: "" };
      return openNotification(tx, { ...about, type: "agent_exited" });
    });
  expect([tell(), tell()]).toEqual([true, false]);
  const launch = { launchId: "launch-2", runtime: "pty" as const };
  sample.store.write((tx) => sessions.setLaunch(tx, id, launch));
  expect(tell()).toBe(false);
  sample.store.write((tx) => sessions.setLaunched(tx, id, "launch-2"));
  expect(tell()).toBe(true);
});

test("SQLite itself refuses an end without a reason, and a reason without an end", () => {
  using sample = shop();
  sample.session();
  const run = (columns: string) => () => sample.raw.run(`update session set ${columns}`);
  expect(run("is_terminated = 1")).toThrow("CHECK");
  expect(run("termination_reason = 'killed'")).toThrow("CHECK");
  expect(run("activity = 'dreaming'")).toThrow("CHECK");
  expect(run("runtime_handle = 'no json'")).toThrow("CHECK");
});

function shop(): Sample {
  const sample = new Sample();
  sample.project("shop");
  return sample;
}

/** Brings a session to an end with all its traces. */
function end(sample: Sample, id: string): void {
  const ended: Partial<Session> = { exitCode: 3, exitedAt: 9, exitSignal: null };
  sample.store.write((tx) => {
    patchSession(tx, getSession(tx, id), { ...ended, activity: "exited", activityAt: 9 });
    sessions.terminate(tx, getSession(tx, id), "agent_failed", null);
  });
}

function errorOf(action: () => unknown): AoError {
  try {
    action();
  } catch (error) {
    if (error instanceof AoError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
