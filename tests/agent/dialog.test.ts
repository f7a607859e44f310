import { describe, expect, test } from "bun:test";

import type { KnownDialog } from "../../src/agent/port.ts";
import { agentNamed } from "../../src/agent/table.ts";
import * as screens from "./screens.ts";

interface Shown {
  agent: string;
  /** The dialog as the program draws it, at the end of its screen. */
  dialog: string;
  /** The same with another choice highlighted. */
  moved: string;
  /** Its screen without any dialog. */
  composer: string;
}

const approvals: Shown[] = [
  {
    agent: "claude-code",
    dialog: screens.claudeApproval,
    moved: screens.claudeApproval.replace("❯ 1.", "  1.").replace("  2.", "❯ 2."),
    composer: screens.claudeComposer,
  },
  {
    agent: "codex",
    dialog: screens.codexApproval,
    moved: screens.codexApproval.replace("› 1.", "  1.").replace("  2.", "› 2."),
    composer: screens.codexComposer,
  },
  {
    agent: "gemini",
    dialog: screens.geminiApproval,
    moved: screens.geminiApproval.replace("● 1.", "  1.").replace("  2.", "● 2."),
    composer: screens.geminiComposer,
  },
  {
    agent: "qwen",
    dialog: screens.qwenApproval,
    moved: screens.qwenApproval.replace("› 1.", "  1.").replace("  2.", "› 2."),
    composer: screens.geminiComposer,
  },
  {
    agent: "copilot",
    dialog: screens.copilotApproval,
    moved: screens.copilotApproval.replace("❯ 1.", "  1.").replace("  2.", "❯ 2."),
    composer: screens.copilotComposer,
  },
];

describe.each(approvals)("the approval of $agent", ({ agent, dialog, moved, composer }) => {
  const find = (screen: string): KnownDialog | undefined =>
    agentNamed(agent).dialogs.find(({ pattern }) => pattern.test(screen));

  test("is known, and safe to allow while the first choice is highlighted", () => {
    const found = find(dialog);
    expect(found?.kind).toBe("approval");
    expect(found?.answer?.allowIsSelected.test(dialog)).toBe(true);
    expect(found?.answer?.allowKeys).toBe("\r");
    expect(found?.answer?.denyKeys).toBe("\x1b");
  });

  test("is not safe to allow while another choice is highlighted", () => {
    expect(find(moved)?.kind).toBe("approval");
    expect(find(moved)?.answer?.allowIsSelected.test(moved)).toBe(false);
  });

  test("is not seen in an ordinary screen, even when its words are quoted above", () => {
    expect(find(composer)).toBeUndefined();
    expect(find(`${dialog}\n\n${composer}`)).toBeUndefined();
  });
});

test("copilot's question about a folder is known for trust", () => {
  const dialogs = agentNamed("copilot").dialogs;
  const found = dialogs.find(({ pattern }) => pattern.test(screens.copilotTrust));
  expect(found?.kind).toBe("trust");
});

test("copilot's question about a path is not safe to allow: it would be remembered", () => {
  const [found] = agentNamed("copilot").dialogs.filter(({ pattern }) =>
    pattern.test(screens.copilotPath),
  );
  expect(found?.kind).toBe("approval");
  expect(found?.answer?.allowIsSelected.test(screens.copilotPath)).toBe(false);
});

test.each([
  ["claude-code", screens.claudeTrust, "trust"],
  ["claude-code", screens.claudeKey, "login"],
  ["codex", screens.codexTrust, "trust"],
  ["codex", screens.codexHooks, "trust"],
  ["codex", screens.codexLogin, "login"],
] as const)("%s shows a dialog that only a person should answer", (agent, screen, kind) => {
  const found = agentNamed(agent).dialogs.find(({ pattern }) => pattern.test(screen));
  expect(found?.kind).toBe(kind);
  expect(found?.answer).toBeUndefined();
});
