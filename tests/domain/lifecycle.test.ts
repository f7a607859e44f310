import { expect, test } from "bun:test";

import {
  reduceExit,
  reduceProbe,
  reduceSignal,
  type SessionPatch,
} from "../../src/domain/lifecycle.ts";
import { type Observation, stuckAfterMs } from "../../src/domain/probe.ts";
import { activities, reasonAfterExit, type Session } from "../../src/domain/session.ts";
import { sessionWith } from "../support/facts.ts";

const healthy: Observation = { runtime: "alive", agent: "alive", detail: "both run" };
const broken: Observation = { runtime: "failed", agent: "unknown", detail: "no answer" };
const gone: Observation = { runtime: "dead", agent: "dead", detail: "both gone" };

test("three equal attempts make it stuck, once for the episode", () => {
  let session = sessionWith();
  const stuck: (number | null)[] = [];
  for (let attempt = 1; attempt <= 5; attempt++) {
    session = probed(session, broken, attempt * 1_000);
    stuck.push(session.stuckAt);
    expect(session.detectingAttempts).toBe(attempt);
    expect(session.detectingStartedAt).toBe(1_000);
  }
  expect(stuck).toEqual([null, null, 3_000, 3_000, 3_000]);
});

test("other evidence counts from one again, in the same episode", () => {
  let session = sessionWith();
  for (const [index, detail] of ["a", "a", "b", "b", "a", "a"].entries()) {
    session = probed(session, { ...broken, detail }, index);
  }
  expect(session).toMatchObject({ detectingAttempts: 2, detectingStartedAt: 0, stuckAt: null });
  session = probed(session, { ...broken, detail: "a" }, 9);
  expect(session.stuckAt).toBe(9);
});

test("the same evidence at another time is the same", () => {
  let session = sessionWith();
  for (const time of ["10:00:01", "10:00:03", "10:00:05"]) {
    session = probed(session, { ...broken, detail: `no answer at ${time}` }, 1);
  }
  expect(session.stuckAt).toBe(1);
});

test("five minutes of changing trouble make it stuck as well", () => {
  let session = sessionWith();
  session = probed(session, { ...broken, detail: "a" }, 1_000);
  session = probed(session, { ...broken, detail: "b" }, 999 + stuckAfterMs);
  expect(session.stuckAt).toBeNull();
  session = probed(session, { ...broken, detail: "c" }, 1_000 + stuckAfterMs);
  expect(session).toMatchObject({ stuckAt: 1_000 + stuckAfterMs, detectingAttempts: 1 });
});

test("one healthy probe keeps the memory, two in a row end it", () => {
  let session = sessionWith();
  for (let attempt = 0; attempt < 3; attempt++) session = probed(session, broken, attempt);
  session = probed(session, healthy, 10);
  expect(session).toMatchObject({ healthyProbes: 1, stuckAt: 2, detectingAttempts: 3 });
  session = probed(session, broken, 11);
  expect(session).toMatchObject({ healthyProbes: 0, stuckAt: 2, detectingAttempts: 4 });
  session = probed(session, healthy, 12);
  session = probed(session, { ...healthy, agent: "unknown" }, 13);
  expect(session).toMatchObject({
    detectingStartedAt: null,
    detectingEvidenceHash: null,
    stuckAt: null,
    healthyProbes: 0,
  });
});

test("a signal ends an episode at once", () => {
  let session = sessionWith();
  for (let attempt = 0; attempt < 3; attempt++) session = probed(session, broken, attempt);
  session = signalled(session, { launchId: "launch-1", at: 20 });
  expect(session).toMatchObject({ stuckAt: null, detectingStartedAt: null, lastSignalAt: 20 });
});

test("a healthy probe of a healthy session changes nothing at all", () => {
  expect(reduceProbe(sessionWith(), healthy, 5)).toEqual({ verdict: "healthy", patch: {} });
});

test("the agent's end is kept, and nothing is terminated", () => {
  const exit = { exitCode: 3, signal: null, at: 7 };
  const expected = {
    activity: "exited",
    activityAt: 7,
    exitCode: 3,
    exitSignal: null,
    exitedAt: 7,
  };
  const seen = { ...gone, exit };
  expect(reduceProbe(sessionWith(), seen, 9)?.patch).toMatchObject(expected);
  expect(reduceExit(sessionWith(), exit)).toMatchObject(expected);
  expect(reduceExit(sessionWith(), exit)).not.toHaveProperty("isTerminated");
  const killed = { exitCode: null, signal: "SIGKILL", at: 7 };
  expect(reduceExit(sessionWith(), killed)).toMatchObject({
    exitCode: null,
    exitSignal: "SIGKILL",
  });
});

test("a runtime that is gone without a record is lost, unless a signal is young", () => {
  expect(reduceProbe(sessionWith(), gone, 90_000)?.patch).toMatchObject({
    isTerminated: true,
    terminationReason: "runtime_lost",
    terminatedAt: 90_000,
  });
  const young = sessionWith({ lastSignalAt: 40_000 });
  const reduced = reduceProbe(young, gone, 90_000);
  expect(reduced?.verdict).toBe("detecting");
  expect(reduced?.patch).not.toHaveProperty("isTerminated");
});

test("a wish to kill is granted with the reason that fits", () => {
  const wished = sessionWith({ killRequestedAt: 1 });
  expect(reduceProbe(wished, healthy, 5)?.patch).toMatchObject({
    isTerminated: true,
    terminationReason: "killed",
  });
});

test.each<[Partial<Session>, string]>([
  [{}, "killed"],
  [{ exitedAt: 5, exitCode: 0 }, "agent_exited"],
  [{ exitedAt: 5, exitCode: 2 }, "agent_failed"],
  [{ exitedAt: 5, exitCode: null, exitSignal: "SIGSEGV" }, "agent_failed"],
])("a session with %j is killed as %s", (given, reason) => {
  expect<string>(reasonAfterExit(sessionWith(given))).toBe(reason);
});

test("nothing brings a session back that has ended", () => {
  const ended = sessionWith({ isTerminated: true, terminationReason: "killed" });
  const exited = sessionWith({ activity: "exited", exitedAt: 1, exitCode: 0 });
  for (const session of [ended, exited]) {
    for (const seen of [healthy, broken, gone]) {
      expect(reduceProbe(session, seen, 5)).toBeUndefined();
    }
    const signal = { launchId: "launch-1", activity: "active" as const, at: 5 };
    expect(reduceSignal(session, signal)).toBeUndefined();
    expect(reduceExit(session, { exitCode: 1, signal: null, at: 5 })).toBeUndefined();
  }
});

test("a signal of an older launch is dropped", () => {
  const session = sessionWith({ launchId: "launch-2" });
  const signal = { launchId: "launch-1", activity: "active" as const, at: 5 };
  expect(reduceSignal(session, signal)).toBeUndefined();
});

const reported = activities.filter((activity) => activity !== "exited");

test.each(reported.map((activity) => [activity]))(
  "a signal %s is kept with its time, a repetition keeps the first time",
  (activity) => {
    const other = activity === "idle" ? "active" : "idle";
    let session = sessionWith({ activity: other });
    session = signalled(session, { launchId: "launch-1", activity, at: 5 });
    expect(session).toMatchObject({ activity, activityAt: 5, firstSignalAt: 5, lastSignalAt: 5 });
    session = signalled(session, { launchId: "launch-1", activity, at: 9 });
    expect(session).toMatchObject({ activity, activityAt: 5, firstSignalAt: 5, lastSignalAt: 9 });
  },
);

test("what a dialog asks is forgotten with the next activity, kept without one", () => {
  const detail = { kind: "approval" as const, text: "run tests?" };
  const launchId = "launch-1";
  let session = sessionWith();
  session = signalled(session, { launchId, activity: "blocked", detail, at: 1 });
  expect(session.activityDetail).toEqual(detail);
  session = signalled(session, { launchId, at: 2 });
  expect(session).toMatchObject({ activity: "blocked", activityDetail: detail });
  session = signalled(session, { launchId, activity: "active", at: 3 });
  expect(session.activityDetail).toBeNull();
});

test("an empty conversation id never erases a known one", () => {
  const known = sessionWith({ agentSessionId: "conversation" });
  const signal = { launchId: "launch-1", at: 5, activity: "idle" as const };
  expect(signalled(known, { ...signal, agentSessionId: "" }).agentSessionId).toBe("conversation");
  expect(signalled(known, signal).agentSessionId).toBe("conversation");
  expect(signalled(known, { ...signal, agentSessionId: "next" }).agentSessionId).toBe("next");
});

function probed(session: Session, seen: Observation, now: number): Session {
  return apply(session, reduceProbe(session, seen, now)?.patch);
}

function signalled(session: Session, signal: Parameters<typeof reduceSignal>[1]): Session {
  return apply(session, reduceSignal(session, signal));
}

function apply(session: Session, patch: SessionPatch | undefined): Session {
  if (!patch) throw new Error("nothing was reduced");
  return { ...session, ...patch };
}
