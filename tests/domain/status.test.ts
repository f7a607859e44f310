import { expect, test } from "bun:test";

import { prLadder } from "../../src/domain/pr.ts";
import type { Session, TerminationReason } from "../../src/domain/session.ts";
import { deriveStatus, noSignalAfterMs, type StatusFacts } from "../../src/domain/status.ts";
import { prWith, sessionWith } from "../support/facts.ts";

type Given = Partial<Omit<StatusFacts, "session">> & Partial<Session>;

const now = 1_000_000;
const asking = { kind: "question" as const, text: "which one?" };
const merged = prWith({ state: "merged" });

/** Every status of the design's list, in its order. */
const rows: [string, string, Given][] = [
  ["merged", "ended since its pull request was merged", ended("pr_merged")],
  ["done", "ended after its agent had ended well", ended("agent_exited")],
  ["failed", "ended after its agent had failed", ended("agent_failed")],
  ["killed", "was killed", ended("killed")],
  ["lost", "lost its terminal", ended("runtime_lost")],
  ["spawning", "its launch is not confirmed", { launchedAt: null }],
  ["needs_approval", "a dialog that nobody knows better", { activity: "blocked" }],
  ["needs_approval", "an approval dialog", blocked("approval")],
  ["needs_input", "a question dialog", blocked("question")],
  ["needs_input", "a trust dialog", blocked("trust")],
  ["needs_input", "a login dialog", blocked("login")],
  ["needs_input", "it waits and has no pull request", { activity: "waiting_input" }],
  ["needs_input", "a failed turn beside a pull request", waiting({ activityDetail: asking })],
  ["stuck", "probes that kept failing", { stuckAt: 1, detectingStartedAt: 1 }],
  ["detecting", "a probe that failed", { detectingStartedAt: 1 }],
  ["exited", "the agent's end", { activity: "exited" }],
  ["working", "a signal", { activity: "active", firstSignalAt: 1 }],
  [
    "working",
    "an agent without signals that writes",
    { hasSignals: false, terminalQuietMs: 1_999 },
  ],
  ["ci_failed", "an idle agent with red CI", waiting({ prs: [prWith({ ci: "failing" })] })],
  ["pr_open", "an open pull request", waiting({ prs: [prWith()] })],
  ["no_signal", "a silent agent", { now: noSignalAfterMs }],
  ["idle", "the end of a turn", { firstSignalAt: 1 }],
  ["idle", "a silent terminal", { hasSignals: false, terminalQuietMs: 2_000 }],
  ["working", "a screen that shows it", { hasSignals: false, screenShows: "working" }],
  [
    "idle",
    "a screen that shows a composer",
    { hasSignals: false, screenShows: "ready", terminalQuietMs: 1_000 },
  ],
  ["idle", "no task, and so no signal", { isTaskless: true, now: 2 * noSignalAfterMs }],
  ["unknown", "no task, and a terminal that writes", { isTaskless: true, terminalQuietMs: 10 }],
  ["idle", "a pull request that was merged long ago", waiting({ prs: [merged] })],
  ["unknown", "no signal yet", { now: noSignalAfterMs - 1 }],
  ["unknown", "an agent without signals or terminal", { hasSignals: false }],
];

test.each(rows)("status is %s for: %s", (status, _why, given) => {
  const derived = statusFor(given);
  expect<string>(derived.status).toBe(status);
  expect(derived.rule).toMatch(/^[a-z]/);
});

test.each<[string, Given]>([
  ["its last turn has ended", { activityAt: 5, firstSignalAt: 3, lastSignalAt: 5 }],
  ["of its start, and of no turn", { activityAt: 1, firstSignalAt: 3, lastSignalAt: 3 }],
  ["no signal has come since", { activityAt: 9, firstSignalAt: 3, lastSignalAt: 5 }],
  ["no signal has come since", { activity: "active", activityAt: 9, lastSignalAt: 5 }],
  ["its last signal: active", { activity: "active", activityAt: 5, lastSignalAt: 5 }],
  ["its last turn failed", waiting({ activityDetail: asking })],
])("the rule says no more than was told: %s", (rule, given) => {
  expect(statusFor({ firstSignalAt: 3, ...given }).rule).toContain(rule);
});

/** Each condition beside all that come after it: the first one wins. */
const precedence: [string, Given][] = [
  ["killed", ended("killed")],
  ["spawning", { launchedAt: null }],
  ["needs_approval", { activity: "blocked" }],
  ["stuck", { activity: "active", stuckAt: 1 }],
  ["detecting", { detectingStartedAt: 1 }],
  ["working", { activity: "active" }],
  ["ci_failed", { prs: [prWith({ ci: "failing" })] }],
  ["merge_conflict", { prs: [prWith({ mergeability: "conflicting" })] }],
  ["no_signal", { now: noSignalAfterMs }],
];

test.each(precedence.map(([status], index): [string, number] => [status, index]))(
  "status %s hides all that come after it",
  (status, index) => {
    const layers = precedence.slice(index).map(([, given]) => given);
    const prs = layers.flatMap((given) => given.prs ?? []);
    const facts = layers.reduceRight<Given>((all, given) => ({ ...all, ...given }), {});
    expect<string>(statusFor({ ...facts, prs }).status).toBe(status);
  },
);

test("a dialog hides detecting, and detecting hides the agent's end", () => {
  expect(statusFor({ activity: "blocked", stuckAt: 1, detectingStartedAt: 1 }).status).toBe(
    "needs_approval",
  );
  expect(statusFor({ activity: "exited", detectingStartedAt: 1 }).status).toBe("detecting");
});

test.each(prLadder.map((rung) => [rung]))("an agent at work hides the rung %s", (rung) => {
  const prs = [prOn(rung)];
  expect(statusFor({ prs, firstSignalAt: 1 }).status).toBe(rung);
  expect(statusFor({ prs, activity: "active" }).status).toBe("working");
  expect(statusFor({ prs, activity: "waiting_input" }).status).toBe(rung);
});

test("the same facts give the same status, whoever asks and when", () => {
  for (const [status, , given] of rows) {
    if (given.now !== undefined) continue;
    expect(statusFor({ ...given, now: 0 }).status === status || status === "no_signal").toBe(true);
  }
});

function statusFor(given: Given) {
  const { prs = [], hasSignals = true, terminalQuietMs, now: at = now, ...rest } = given;
  const { screenShows, isTaskless, ...columns } = rest;
  const session = sessionWith({ launchedAt: 0, ...columns });
  const shown = { terminalQuietMs, screenShows, isTaskless };
  return deriveStatus({ session, prs, hasSignals, ...shown, now: at });
}

function ended(terminationReason: TerminationReason): Given {
  return { isTerminated: true, terminationReason };
}

function blocked(kind: "approval" | "question" | "trust" | "login"): Given {
  return { activity: "blocked", activityDetail: { kind, text: "?" } };
}

function waiting(given: Given): Given {
  return { activity: "waiting_input", firstSignalAt: 1, prs: [prWith()], ...given };
}

function prOn(rung: (typeof prLadder)[number]) {
  const facts = {
    ci_failed: { ci: "failing" },
    merge_conflict: { mergeability: "conflicting" },
    changes_requested: { review: "changes_requested" },
    draft: { state: "draft" },
    ci_pending: { ci: "pending" },
    review_pending: { review: "review_required" },
    pr_open: {},
    approved: { review: "approved" },
    mergeable: { review: "approved", mergeability: "mergeable" },
  } as const;
  return prWith(facts[rung]);
}
