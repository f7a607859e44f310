import { expect, test } from "bun:test";

import { isOnTop } from "../../src/engine/approve.ts";

/** As Claude Code draws it: both calls stand in the conversation, one of them in the dialog. */
const screen = (command: string) => [
  "● Bash(rm -rf build/cache/of/everything)",
  "● Bash(touch a.txt)",
  "  ⎿  Waiting…",
  "────────────────────────────",
  " Bash command",
  "",
  ...(command.match(/.{1,20}/g) ?? []).map((line) => `   ${line}`),
  "",
  " Do you want to proceed?",
  " ❯ 1. Yes",
];

const remove = { kind: "approval" as const, text: "Bash: rm -rf build/cache/of/everything" };
const touch = { kind: "approval" as const, text: "Bash: touch a.txt" };

test.each([
  [true, "the one that is shown", { ...touch, behind: [remove] }, "touch a.txt"],
  [false, "one that waits behind it", { ...remove, behind: [touch] }, "touch a.txt"],
  [true, "a longer one", { ...remove, behind: [touch] }, "rm -rf build/cache/of/everything"],
  [false, "what no screen shows", { ...touch, text: "Bash: ls", behind: [remove] }, "touch a.txt"],
  [true, "the only one, however it is shown", touch, "(a file)"],
] as const)("of several dialogs it is %p to answer %s", (isSafe, _what, detail, command) => {
  const behind = "behind" in detail ? [...detail.behind] : [];
  expect(isOnTop({ ...detail, behind }, screen(command))).toBe(isSafe);
});

test("of two that begin alike the screen tells which it is", () => {
  const short = { kind: "approval" as const, text: "Bash: touch a" };
  const long = { kind: "approval" as const, text: "Bash: touch abc" };
  expect(isOnTop({ ...short, behind: [long] }, screen("touch abc"))).toBe(false);
  expect(isOnTop({ ...long, behind: [short] }, screen("touch abc"))).toBe(true);
  expect(isOnTop({ ...long, behind: [{ ...long }] }, screen("touch abc"))).toBe(false);
});
