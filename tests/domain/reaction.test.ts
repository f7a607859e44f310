import { expect, test } from "bun:test";

import {
  type Moment,
  nextStep,
  policyFor,
  type ReactionSettings,
  type Step,
  type Told,
  type Trouble,
} from "../../src/domain/reaction.ts";

const minute = 60_000;
const now = 1_000 * minute;

const red: Trouble = {
  reaction: "ci_failed",
  points: ["a"],
  byPeople: [],
  standing: "always",
  round: "c1",
  ...{ isGrowing: false, isHopeless: false, isPerPoint: false },
};

const told = (given: Partial<Told> = {}): Told => ({
  points: ["a"],
  round: "c1",
  attempts: 1,
  firstAt: now,
  escalatedAt: null,
  message: { fate: "heard", at: now },
  ...given,
});

const since = (ms: number) => ({ fate: "heard", at: now - ms }) as const;
const ago = (ms: number) => told({ message: since(ms) });
const tell = (attempts: number, repeats = false) => {
  return { kind: "tell", attempts, repeats } as const;
};

interface Case {
  trouble?: Partial<Trouble>;
  told?: Told;
  settings?: ReactionSettings;
  moment?: Partial<Moment>;
}

const cases: [string, Case, Partial<Step>][] = [
  ["what nobody was told is told", {}, tell(1)],
  ["it is told though it is hopeless", { trouble: { isHopeless: true } }, tell(1)],
  ["nobody is told but the person where it is off", { settings: { auto: false } }, escalate()],
  ["no message may be sent", { settings: { retries: 0 } }, escalate()],
  ["what was just heard rests", { told: told() }, { kind: "rest" }],
  ["it is told again after ten minutes", { told: ago(10 * minute) }, tell(2, true)],
  [
    "not while the agent works",
    { told: ago(60 * minute), moment: { isAtWork: true } },
    { kind: "rest" },
  ],
  [
    "nor right after it ended its turn",
    { told: ago(60 * minute), moment: { since: now - minute } },
    { kind: "rest" },
  ],
  [
    "nor from what was seen before",
    { told: ago(60 * minute), moment: { seenAt: now - 60 * minute } },
    { kind: "rest" },
  ],
  ["what is hopeless escalates once heard", hopeless(since(0)), escalate()],
  ["and not before", hopeless({ fate: "waiting", at: now }), { kind: "rest" }],
  ["what is being typed is left", typing(), { kind: "rest" }],
  ["what was refused costs", lost("refused"), tell(2)],
  ["what was withdrawn costs nothing", lost("withdrawn"), tell(1)],
  ["another commit costs", { trouble: { points: ["b"], round: "c2" }, told: told() }, tell(2)],
  ["more of the same commit does not", { trouble: { points: ["a", "b"] }, told: told() }, tell(1)],
  [
    "it waits while more may follow",
    { trouble: { points: ["a", "b"], isGrowing: true }, told: told() },
    { kind: "rest" },
  ],
  [
    "the budget ends",
    { trouble: { points: ["b"], round: "c2" }, told: told({ attempts: 2 }) },
    escalate(),
  ],
  ["the time ends", { told: ago(5 * minute), settings: { escalateAfter: "5m" } }, escalate()],
  [
    "the time begins when it is first heard",
    { told: told({ firstAt: 0 }), settings: { escalateAfter: "5m" } },
    { kind: "rest" },
  ],
  [
    "it may never end",
    {
      trouble: { reaction: "merge_conflict" },
      told: ago(16 * minute),
      settings: { escalateAfter: "never" },
    },
    tell(2, true),
  ],
  [
    "who was given up is left alone",
    { trouble: { points: ["b"], round: "c2" }, told: told({ escalatedAt: now }) },
    { kind: "rest" },
  ],
];

test.each(cases)("%s", (_what, given, expected) => {
  const trouble = { ...red, ...given.trouble };
  const policy = policyFor(trouble.reaction, given.settings);
  const moment = { now, seenAt: now, isAtWork: false, since: 0, ...given.moment };
  expect(nextStep(trouble, given.told, policy, moment)).toMatchObject(expected);
});

function escalate(): Step {
  return { kind: "escalate" };
}

function hopeless(message: Told["message"]): Case {
  return { trouble: { isHopeless: true }, told: told({ message }) };
}

function typing(): Case {
  return { trouble: { points: ["b"] }, told: told({ message: { fate: "typing", at: 0 } }) };
}

function lost(fate: "refused" | "withdrawn"): Case {
  return { told: told({ message: { fate, at: now } }) };
}
