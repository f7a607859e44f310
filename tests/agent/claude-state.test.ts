import { expect, test } from "bun:test";

import { claudeState } from "../../src/agent/claude-state.ts";

const file = { pid: 7101, sessionId: "e1df8e4d", status: "idle", statusUpdatedAt: 1_000 };

test("read a state file tells what the program does", () => {
  const idle = { agentSessionId: "e1df8e4d", activity: "idle", at: 1_000 };
  expect(claudeState.read(file)).toMatchObject(idle);
  expect(claudeState.read({ ...file, status: "shell" })?.activity).toBe("idle");
  expect(claudeState.read({ ...file, status: "busy" })?.activity).toBe("active");
});

test("read a waiting program tells for what", () => {
  const waiting = { ...file, status: "waiting", waitingFor: "permission prompt" };
  expect(claudeState.read(waiting)).toMatchObject({
    activity: "blocked",
    detail: { kind: "approval", text: "permission prompt" },
  });
  expect(claudeState.read({ ...file, status: "waiting" })?.detail?.kind).toBe("question");
});

test("read something else tells nothing", () => {
  expect(claudeState.read({})).toBeUndefined();
  expect(claudeState.read({ ...file, status: "dreaming" })).toBeUndefined();
  expect(claudeState.read({ ...file, sessionId: 1 })).toBeUndefined();
});
