import { describe, expect, test } from "bun:test";

import { trustArguments } from "../../src/agent/codex-config.ts";
import type { AgentAdapter, AgentLaunch, LaunchRequest } from "../../src/agent/port.ts";
import { argumentBytes } from "../../src/agent/prompt.ts";
import { agentNamed, agents } from "../../src/agent/table.ts";
import { permissionModes } from "../../src/domain/session.ts";
import { requestWith } from "./request.ts";

const id = "0cb916db-26aa-40f2-86b5-1ba81b225fd2";

/** A launch as one line a word; settings that are long and tested elsewhere are cut. */
function wordsOf({ argv }: AgentLaunch): string[] {
  return argv.map((word) => word.replace(/^(hooks\.\w+)=[^]*$/, "$1=…"));
}

function launched(name: string, given: Partial<LaunchRequest> = {}): string[] {
  return wordsOf(agentNamed(name).launch(requestWith(given)));
}

function resumed(name: string): string[] {
  const adapter = agentNamed(name);
  return wordsOf(
    adapter.resume?.({ ...requestWith({ prompt: "" }), agentSessionId: id }) ?? { argv: [] },
  );
}

const codexHooks = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PermissionRequest",
  "PostToolUse",
  "Interrupt",
  "Stop",
  "state",
].flatMap((name) => ["-c", `hooks.${name}=…`]);
const codexFlags = ["--no-daemon", "-c", "check_for_update_on_startup=false"];
const codexRest = [
  ...trustArguments("/data/worktrees/shop/shop-1"),
  ...codexHooks,
  "-c",
  'developer_instructions="stay in your worktree"',
];
const claudeRest = [
  "--settings",
  "/data/sessions/shop-1/claude-settings.json",
  "--append-system-prompt",
  "stay in your worktree",
];

describe("launching", () => {
  test("claude-code chooses its conversation, brings settings, and takes the task last", () => {
    const words = ["claude", "--session-id", id, ...claudeRest];
    expect(launched("claude-code")).toEqual([...words, "--", "fix it"]);
    expect(launched("claude-code", { prompt: "" })).toEqual(words);
    expect(resumed("claude-code")).toEqual(["claude", "--resume", id, ...claudeRest]);
  });

  test("codex brings hooks and trust in its arguments, and resumes by its id", () => {
    expect(launched("codex")).toEqual(["codex", ...codexFlags, ...codexRest, "--", "fix it"]);
    expect(resumed("codex")).toEqual(["codex", ...codexFlags, ...codexRest, "resume", id]);
  });

  test("gemini keeps its settings in a folder of the worktree that git ignores", () => {
    const task = "--prompt-interactive=fix it";
    expect(launched("gemini")).toEqual(["gemini", "--session-id", id, task]);
    expect(resumed("gemini")).toEqual(["gemini", "--resume", id]);
    const { worktreeFiles, env } = agentNamed("gemini").launch(requestWith());
    expect(worktreeFiles?.folder).toBe(".gemini");
    expect(env).toEqual({ GEMINI_CLI_TRUST_WORKSPACE: "true" });
  });

  test("qwen takes its settings and its trust from files of the session", () => {
    const system = "--append-system-prompt=stay in your worktree";
    const task = "--prompt-interactive=fix it";
    expect(launched("qwen")).toEqual(["qwen", "--session-id", id, system, task]);
    expect(resumed("qwen")).toEqual(["qwen", "--resume", id, system]);
    expect(Object.values(agentNamed("qwen").launch(requestWith()).env ?? {})).toEqual([
      "/data/sessions/shop-1/qwen-settings.json",
      "/data/sessions/shop-1/qwen-trusted-folders.json",
    ]);
  });

  test("copilot brings its hooks as a plugin of the launch", () => {
    const plugin = "--plugin-dir=/data/sessions/shop-1/copilot-plugin";
    const task = "--interactive=fix it";
    expect(launched("copilot")).toEqual(["copilot", `--session-id=${id}`, plugin, task]);
    expect(resumed("copilot")).toEqual(["copilot", `--resume=${id}`, plugin]);
  });

  test.each([
    ["claude-code", "accept-edits", ["--permission-mode", "acceptEdits"]],
    ["claude-code", "auto", ["--permission-mode", "auto"]],
    ["claude-code", "bypass", ["--permission-mode", "bypassPermissions"]],
    ["codex", "accept-edits", ["--sandbox", "workspace-write", "--ask-for-approval", "on-request"]],
    ["codex", "auto", ["--approve-for-me"]],
    ["codex", "bypass", ["--dangerously-bypass-approvals-and-sandbox"]],
    ["gemini", "accept-edits", ["--approval-mode", "auto_edit"]],
    ["gemini", "bypass", ["--approval-mode", "yolo"]],
    ["qwen", "accept-edits", ["--approval-mode", "auto-edit"]],
    ["qwen", "bypass", ["--approval-mode", "yolo"]],
    ["copilot", "accept-edits", ["--allow-tool=write"]],
    ["copilot", "bypass", ["--allow-all"]],
    ["cursor", "bypass", ["--force"]],
  ] as const)("%s in mode %s adds its own flags", (name, mode, flags) => {
    const plain = launched(name);
    const words = launched(name, { mode });
    expect(words.filter((word) => !plain.includes(word))).toEqual([...flags]);
    expect(words.length).toBe(plain.length + flags.length);
  });

  test("every mode but the default adds something, or is said to be missing", () => {
    const silent = tried().flatMap((adapter) =>
      permissionModes
        .filter((mode) => mode !== "default" && !adapter.missingModes.includes(mode))
        .filter((mode) => fingerprint(adapter, mode) === fingerprint(adapter, "default"))
        .map((mode) => `${adapter.name} ${mode}`),
    );
    expect(silent).toEqual([]);
  });

  test("every program is told the model, and where it works", () => {
    for (const adapter of tried()) {
      const launch = adapter.launch(requestWith({ model: "model-x" }));
      const everything = JSON.stringify(launch);
      expect([adapter.name, everything.includes("model-x")]).toEqual([adapter.name, true]);
      expect([adapter.name, everything.includes("stay in your worktree")]).toEqual([
        adapter.name,
        true,
      ]);
    }
  });

  test("a task that is too long for an argument is named by its file", () => {
    for (const adapter of tried()) {
      const { argv } = adapter.launch(requestWith({ prompt: "x".repeat(argumentBytes + 1) }));
      expect(Math.max(...argv.map((word) => word.length))).toBeLessThan(argumentBytes);
      expect(argv.join("\n")).toContain("/data/sessions/shop-1/prompt.txt");
    }
  });

  test("a program that takes no task at its start refuses one", () => {
    expect(() => launched("crush")).toThrow("takes no task at its start");
    expect(launched("crush", { prompt: "" })[0]).toBe("crush");
  });
});

/** Adapters of this folder that have been run; opencode has a host, and tests, of its own. */
function tried(): AgentAdapter[] {
  return [...agents.values()].filter(
    ({ name, isTried }) => isTried && name !== "command" && name !== "opencode",
  );
}

function fingerprint(adapter: AgentAdapter, mode: LaunchRequest["mode"]): string {
  return JSON.stringify(adapter.launch(requestWith({ mode })));
}
