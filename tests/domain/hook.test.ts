import { expect, test } from "bun:test";

import { type HookMeaning, signalOf } from "../../src/domain/hook.ts";
import { reduceSignal } from "../../src/domain/lifecycle.ts";
import type { Session } from "../../src/domain/session.ts";
import { sessionWith } from "../support/facts.ts";

const prompted: HookMeaning = { kind: "prompted", prompt: "go" };
const failed: HookMeaning = { kind: "turn_failed", text: "API Error: 529" };

/** What a session is after the events of one launch, one a second. */
function after(...events: HookMeaning[]): Session {
  return events.reduce((session, meaning, second) => {
    const signal = signalOf({ meaning }, session, second * 1_000);
    return { ...session, ...reduceSignal(session, signal) };
  }, sessionWith());
}

const asked = (call: string): HookMeaning => {
  return { kind: "asked", dialog: "approval", text: `Bash: ${call}`, call };
};
const ended = (call: string): HookMeaning => ({ kind: "tool_ended", call });
const shown = ({ activity, activityDetail }: Session) => [activity, activityDetail?.text];

test("waiting for input right after a failed turn keeps why it failed", () => {
  const session = after(prompted, failed, { kind: "waiting" });
  expect(shown(session)).toEqual(["waiting_input", "API Error: 529"]);
  expect(after(prompted, failed, { kind: "waiting" }, prompted).activityDetail).toBeNull();
  expect(shown(after(prompted, { kind: "waiting" }))).toEqual(["waiting_input", undefined]);
});

test("two dialogs at once are told of in the order in which the program shows them", () => {
  const both = [prompted, asked("one"), asked("two")];
  expect(shown(after(...both))).toEqual(["blocked", "Bash: one"]);
  expect(shown(after(...both, ended("one")))).toEqual(["blocked", "Bash: two"]);
  expect(shown(after(...both, ended("one"), ended("two")))).toEqual(["active", undefined]);
});

test("the end of a call whose dialog waits behind another leaves the other", () => {
  const both = [prompted, asked("one"), asked("two"), ended("two")];
  expect(shown(after(...both))).toEqual(["blocked", "Bash: one"]);
  expect(shown(after(...both, ended("one")))).toEqual(["active", undefined]);
});

test("one dialog told of twice is one", () => {
  const again = [asked("one"), asked("two"), asked("one"), asked("two")];
  expect(after(...again).activityDetail?.behind).toHaveLength(1);
});

test("the end of a turn takes every dialog away", () => {
  const session = after(prompted, asked("one"), asked("two"), { kind: "turn_ended" });
  expect(shown(session)).toEqual(["idle", undefined]);
});

test("so many dialogs at once are kept that a row stays small", () => {
  const many = Array.from({ length: 500 }, (_, index) => asked(`${index}`));
  expect(after(...many).activityDetail?.behind).toHaveLength(20);
});

test("a dialog that no call has raised gives way to the next", () => {
  const notice: HookMeaning = { kind: "asked", dialog: "approval", text: "Edit a file" };
  expect(shown(after(notice, asked("one"), ended("one")))).toEqual(["active", undefined]);
});

test("a call of a sub-agent does not change the conversation, a person's beginning does", () => {
  const read = (meaning: HookMeaning, known: string | null) => {
    const session = sessionWith({ agentSessionId: known });
    return signalOf({ meaning, agentSessionId: "other" }, session, 1).agentSessionId;
  };
  const call: HookMeaning = { kind: "tool_started", call: "ls" };
  expect(read(call, "own")).toBeUndefined();
  expect(read(call, null)).toBe("other");
  expect(read({ kind: "started" }, "own")).toBe("other");
  expect(read(prompted, "own")).toBe("other");
});
