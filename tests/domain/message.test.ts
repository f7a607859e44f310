import { expect, test } from "bun:test";

import { type DeliveryFacts, reasonToWait, submitPauseMs } from "../../src/domain/delivery.ts";
import {
  hasReached,
  isSettled,
  messageStates,
  typeableText,
  waitStates,
} from "../../src/domain/message.ts";

test.each([
  ["plain", "use the outbox", "use the outbox"],
  ["Windows line ends", "a\r\nb\rc", "a\nb\nc"],
  ["newlines at the end", "a\n\n\n", "a"],
  ["an indented block", "if x:\n\ty\n    z", "if x:\n\ty\n    z"],
  ["the end of a bracketed paste", "a\x1b[201~rm -rf\r", "a[201~rm -rf"],
  ["colours", "\x1b[31mred\x1b[0m", "[31mred[0m"],
  ["a title sequence", "\x1b]0;pwned\x07x", "]0;pwnedx"],
  ["C1 controls", "a\x9b31mb\x90c\x9dd\u0085e", "a31mbcde"],
  ["control keys", "a\x03b\x04c\x15d\x17e\x1af\x00g\x08h\x7f", "abcdefgh"],
  ["a vertical tab and a form feed", "a\x0bb\x0cc", "abc"],
  ["text of the world", "größer 日本 🌍 e\u0301", "größer 日本 🌍 e\u0301"],
  ["nothing but controls", "\x1b\x03\r\n", ""],
])("typeable text of %s", (_what, text, expected) => {
  expect(typeableText(text)).toBe(expected);
});

test("typeable text is safe whatever it was, and stays when typed again", () => {
  for (let code = 0; code < 0x2_000; code++) {
    const text = typeableText(`a${String.fromCharCode(code)}b`);
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    expect(typeableText(text)).toBe(text);
  }
});

test("the pause before Enter grows with the text, between its bounds", () => {
  const pauses = [0, 1, 1_000, 10_000, 100_000, 1_048_576].map(submitPauseMs);
  expect(pauses).toEqual([...pauses].sort((one, other) => one - other));
  expect(pauses[0]).toBe(300);
  expect(pauses[2]).toBe(316);
  expect(pauses.at(-1)).toBe(3_000);
});

test("a message is settled when nothing more happens by itself", () => {
  expect(messageStates.filter(isSettled)).toEqual(["acked", "refused", "failed", "expired"]);
});

test("what was waited for is reached by what goes at least as far", () => {
  const reached = waitStates.map((wanted) => [
    wanted,
    messageStates.filter((state) => hasReached(state, wanted)),
  ]);
  expect(reached).toEqual([
    ["queued", [...messageStates]],
    ["submitted", ["submitted", "acked"]],
    ["acked", ["acked"]],
  ]);
});

const safe: DeliveryFacts = {
  session: { activity: "idle", isTerminated: false, launchedAt: 1, firstSignalAt: 2 },
  agent: "alive",
  hasSignals: true,
  acceptsSteering: false,
  screen: { isComplete: true, isBlank: false, quietMs: 0, hasTypedDraft: false },
  dialog: undefined,
};

const unheard = { ...safe.session, firstSignalAt: null };

test.each<[string, Partial<DeliveryFacts>]>([
  ["idle", {}],
  ["not heard of yet, and silent", { session: unheard, screen: quiet(500) }],
  ["waiting", { session: { ...safe.session, activity: "waiting_input" } }],
  ["at work, and takes steering", { session: at("active"), acceptsSteering: true }],
  ["without signals, and silent", { hasSignals: false, screen: quiet(500) }],
])("an agent that is %s may be typed to", (_what, facts) => {
  expect(reasonToWait({ ...safe, ...facts })).toBeUndefined();
});

test.each<[string, Partial<DeliveryFacts>]>([
  ["the session has ended", { session: { ...safe.session, isTerminated: true } }],
  ["its agent is being started", { session: { ...safe.session, launchedAt: null } }],
  ["its agent has ended", { session: at("exited") }],
  ["its agent is not known to be alive (dead)", { agent: "dead" }],
  ["its agent is not known to be alive (failed)", { agent: "failed" }],
  ["its agent is not known to be alive (unknown)", { agent: "unknown" }],
  ["a dialog is on its screen", { session: at("blocked"), acceptsSteering: true }],
  ["its screen is not known completely", { screen: { ...safe.screen, isComplete: false } }],
  ["a dialog (trust) is on its screen", { dialog: "trust" }],
  ["somebody is typing in its terminal", { screen: { ...safe.screen, hasTypedDraft: true } }],
  ["it is working", { session: at("active") }],
  ["its terminal is still writing", { hasSignals: false, screen: quiet(499) }],
  ["its terminal is still writing", { session: unheard, screen: quiet(499) }],
  ["its program is still starting", { session: unheard, screen: { ...quiet(500), isBlank: true } }],
])("nothing is typed since %s", (reason, facts) => {
  expect(reasonToWait({ ...safe, ...facts })).toBe(reason);
});

function at(activity: DeliveryFacts["session"]["activity"]): DeliveryFacts["session"] {
  return { ...safe.session, activity };
}

function quiet(quietMs: number): DeliveryFacts["screen"] {
  return { ...safe.screen, quietMs };
}
