import { expect, test } from "bun:test";

import {
  evidenceHash,
  isOutage,
  judge,
  type Observation,
  type ProbeVerdict,
  recentSignalMs,
} from "../../src/domain/probe.ts";

const now = 1_000_000;
const quiet = { killRequestedAt: null, lastSignalAt: null };
const verdicts: ProbeVerdict[] = ["alive", "dead", "failed", "unknown"];

/** The design's table: runtime, then agent, then the verdict without and with a young signal. */
const table: Record<ProbeVerdict, Record<ProbeVerdict, [string, string]>> = {
  alive: {
    alive: ["healthy", "healthy"],
    unknown: ["healthy", "healthy"],
    dead: ["detecting", "detecting"],
    failed: ["detecting", "detecting"],
  },
  dead: {
    alive: ["detecting", "detecting"],
    unknown: ["lost", "detecting"],
    dead: ["lost", "detecting"],
    failed: ["detecting", "detecting"],
  },
  failed: {
    alive: ["detecting", "detecting"],
    unknown: ["detecting", "detecting"],
    dead: ["detecting", "detecting"],
    failed: ["detecting", "detecting"],
  },
  unknown: {
    alive: ["detecting", "detecting"],
    unknown: ["detecting", "detecting"],
    dead: ["detecting", "detecting"],
    failed: ["detecting", "detecting"],
  },
};

const cases = verdicts.flatMap((runtime) =>
  verdicts.map((agent): [ProbeVerdict, ProbeVerdict] => [runtime, agent]),
);

test.each(cases)("a runtime that is %s with an agent that is %s", (runtime, agent) => {
  const seen: Observation = { runtime, agent, detail: "" };
  const young = { ...quiet, lastSignalAt: now - recentSignalMs + 1 };
  const old = { ...quiet, lastSignalAt: now - recentSignalMs };
  const expected = table[runtime][agent];
  expect<string[]>([judge(seen, quiet, now), judge(seen, young, now)]).toEqual(expected);
  expect<string>(judge(seen, old, now)).toBe(expected[0]);
});

test.each(cases)("a record of the end beats a runtime %s, agent %s", (runtime, agent) => {
  const exit = { exitCode: 0, signal: null, at: now };
  const young = { ...quiet, lastSignalAt: now };
  expect(judge({ runtime, agent, exit, detail: "" }, young, now)).toBe("exited");
});

test.each(cases)("a wish to kill beats a runtime %s, agent %s", (runtime, agent) => {
  const session = { killRequestedAt: 1, lastSignalAt: now };
  const exit = { exitCode: 0, signal: null, at: now };
  expect(judge({ runtime, agent, detail: "" }, session, now)).toBe("killed");
  expect(judge({ runtime, agent, exit, detail: "" }, session, now)).toBe("killed");
});

test("the hash of evidence leaves out times and ages, and nothing else", () => {
  const same = [
    ["seen at 2026-01-02T03:04:05.678Z", "seen at 2027-11-12T13:14:15Z"],
    ["seen at 2026-01-02 03:04:05+02:00", "seen at 2026-01-02 03:04:06+02:00"],
    ["at 9:15 the server", "at 10:20:30 the server"],
    ["since 1700000000123", "since 1700000009999"],
    ["no answer for 35 s", "no answer for 36 s"],
    ["no answer within 1.5 seconds", "no answer within 12 seconds"],
    ["gone   for\n2 min ", "gone for 3 min"],
  ];
  for (const [one = "", other = ""] of same) expect(evidenceHash(one)).toBe(evidenceHash(other));
  const different = [
    ["holder 12345 dead", "holder 12346 dead"],
    ["exit code 1", "exit code 2"],
    ["agent 7 dead", "agent 7 failed"],
    ["12 sockets", "13 sockets"],
  ];
  for (const [one = "", other = ""] of different) {
    expect(evidenceHash(one)).not.toBe(evidenceHash(other));
  }
});

test.each([
  [4, 4, false],
  [5, 5, true],
  [5, 9, true],
  [5, 10, false],
  [50, 100, false],
  [51, 100, true],
  [0, 0, false],
])("%d deaths among %d are an outage: %p", (lost, probed, expected) => {
  expect(isOutage(lost, probed)).toBe(expected);
});
