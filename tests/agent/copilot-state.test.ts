import { expect, test } from "bun:test";

import { copilotState } from "../../src/agent/copilot-state.ts";

const timestamp = "2026-11-21T10:57:08.578Z";
const at = Date.parse(timestamp);

test("find the journal of a conversation in the program's own folder", () => {
  expect(copilotState.file("0cb916db")).toEqual({
    variable: "COPILOT_HOME",
    otherwise: "~/.copilot",
    name: "session-state/0cb916db/events.jsonl",
  });
});

test("read a line tells of a turn that was broken off, and of one that goes on", () => {
  const abort = { type: "abort", data: { reason: "user_abort" }, timestamp };
  expect(copilotState.readLine(abort)).toEqual({ activity: "idle", at });
  expect(copilotState.readLine({ type: "user.message", timestamp })?.activity).toBe("active");
});

test("read a line tells of a turn that was given up, and why", () => {
  const failure = (data: object) =>
    copilotState.readLine({ type: "session.error", data, timestamp });
  const detail = { kind: "question", text: "Could not connect" } as const;
  const told = { activity: "waiting_input", at, detail } as const;
  expect(failure({ errorType: "query", message: "Could not connect" })).toEqual(told);
  expect(failure({ message: "x".repeat(10_000) })?.detail?.text).toHaveLength(500);
  expect(failure({})?.detail?.text).toBe("the turn failed");
});

test("read any other line tells nothing", () => {
  expect(copilotState.readLine({ type: "hook.end", timestamp })).toBeUndefined();
  expect(copilotState.readLine({ type: "abort", timestamp: "soon" })).toBeUndefined();
  expect(copilotState.readLine({})).toBeUndefined();
});
