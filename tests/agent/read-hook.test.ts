import { describe, expect, test } from "bun:test";

import { agentNamed } from "../../src/agent/table.ts";
import type { HookEvent } from "../../src/domain/hook.ts";

const id = "d2f4183a-1772-492b-a71e-1f6cfe6510ed";

type Payload = Record<string, unknown>;

/** What an agent sends for an event, without what nobody reads, and what it means. */
type Sample = [agent: string, event: string, payload: Payload, meaning: HookEvent["meaning"]];

const run = { command: "touch a.txt", description: "make a file" };
const call = "Bash touch a.txt";
const asked = { kind: "asked", dialog: "approval" } as const;

const claude: Sample[] = [
  ["claude-code", "SessionStart", { source: "startup", model: "m" }, { kind: "started" }],
  ["claude-code", "SessionStart", { source: "resume" }, { kind: "started" }],
  ["claude-code", "UserPromptSubmit", { prompt: "do it" }, { kind: "prompted", prompt: "do it" }],
  ["claude-code", "PreToolUse", tool("Bash", run), { kind: "tool_started", call }],
  [
    "claude-code",
    "PermissionRequest",
    tool("Bash", run),
    { ...asked, text: "Bash: touch a.txt", call },
  ],
  [
    "claude-code",
    "PermissionRequest",
    tool("AskUserQuestion", { questions: [{ question: "which?" }] }),
    {
      kind: "asked",
      dialog: "question",
      text: 'AskUserQuestion: [{"question":"which?"}]',
      call: 'AskUserQuestion {"questions":[{"question":"which?"}]}',
    },
  ],
  ["claude-code", "PostToolUse", tool("Bash", run), { kind: "tool_ended", call }],
  ["claude-code", "PostToolUseFailure", tool("Bash", run), { kind: "tool_ended", call }],
  ["claude-code", "Notification", notice("permission_prompt"), { kind: "alive" }],
  ["claude-code", "Notification", notice("idle_prompt"), { kind: "waiting" }],
  [
    "claude-code",
    "Notification",
    notice("elicitation_dialog"),
    { kind: "asked", dialog: "question", text: "a message" },
  ],
  ["claude-code", "Stop", { last_assistant_message: "done" }, { kind: "turn_ended" }],
  [
    "claude-code",
    "StopFailure",
    { error: "unknown", last_assistant_message: "API Error: 400" },
    { kind: "turn_failed", text: "API Error: 400" },
  ],
];

const codex: Sample[] = [
  ["codex", "SessionStart", { source: "startup" }, { kind: "started" }],
  ["codex", "UserPromptSubmit", { prompt: "do it" }, { kind: "prompted", prompt: "do it" }],
  ["codex", "PreToolUse", tool("Bash", run), { kind: "tool_started", call }],
  ["codex", "PermissionRequest", tool("Bash", run), { ...asked, text: "Bash: touch a.txt", call }],
  ["codex", "PostToolUse", tool("Bash", { command: "touch a.txt" }), { kind: "tool_ended", call }],
  ["codex", "Interrupt", { turn_id: "t" }, { kind: "turn_ended" }],
  ["codex", "Stop", { last_assistant_message: "done" }, { kind: "turn_ended" }],
];

const shell = "run_shell_command";
const geminiMessage = "Tool Shell requires execution";

const gemini: Sample[] = [
  ["gemini", "SessionStart", { source: "startup" }, { kind: "started" }],
  ["gemini", "BeforeAgent", { prompt: "do it" }, { kind: "prompted", prompt: "do it" }],
  ["gemini", "BeforeTool", tool(shell, run), { kind: "tool_started", call: "touch a.txt" }],
  ["gemini", "AfterTool", tool(shell, run), { kind: "tool_ended", call: "touch a.txt" }],
  ["gemini", "AfterAgent", { prompt_response: "done" }, { kind: "turn_ended" }],
  [
    "gemini",
    "Notification",
    { ...notice("ToolPermission"), message: geminiMessage, details: { command: "touch a.txt" } },
    { ...asked, text: `${geminiMessage}: touch a.txt`, call: "touch a.txt" },
  ],
];

const qwen: Sample[] = [
  ["qwen", "SessionStart", { source: "startup" }, { kind: "started" }],
  ["qwen", "UserPromptSubmit", { prompt: "do it" }, { kind: "prompted", prompt: "do it" }],
  ["qwen", "PreToolUse", tool(shell, run), { kind: "tool_started", call: `${shell} touch a.txt` }],
  [
    "qwen",
    "PermissionRequest",
    tool(shell, run),
    { ...asked, text: `${shell}: touch a.txt`, call: `${shell} touch a.txt` },
  ],
  ["qwen", "PostToolUse", tool(shell, run), { kind: "tool_ended", call: `${shell} touch a.txt` }],
  ["qwen", "Notification", notice("auth_success"), { kind: "alive" }],
  ["qwen", "Notification", notice("idle_prompt"), { kind: "waiting" }],
  ["qwen", "Stop", { stop_hook_active: true }, { kind: "turn_ended" }],
];

const file = '<pasted_content file="/elsewhere/paste-1.txt" size="21.9 KB" lines="303" />';

const copilot: Sample[] = [
  ["copilot", "sessionStart", { source: "new" }, { kind: "started" }],
  ["copilot", "userPromptSubmitted", { prompt: "do it" }, { kind: "prompted", prompt: "do it" }],
  [
    "copilot",
    "userPromptSubmitted",
    { prompt: `see ${file}` },
    {
      kind: "prompted",
      prompt: `see ${file}`,
      pasted: [{ placeholder: file, path: "/elsewhere/paste-1.txt" }],
    },
  ],
  [
    "copilot",
    "preToolUse",
    { toolName: "bash", toolArgs: run },
    { kind: "tool_started", call: "touch a.txt" },
  ],
  ["copilot", "permissionRequest", { toolName: "bash", toolInput: run }, { kind: "alive" }],
  [
    "copilot",
    "notification",
    { ...notice("permission_prompt"), message: "Run command: touch a.txt" },
    { ...asked, text: "Run command: touch a.txt", call: "touch a.txt" },
  ],
  [
    "copilot",
    "postToolUse",
    { toolName: "bash", toolArgs: run, toolResult: { resultType: "success" } },
    { kind: "tool_ended", call: "touch a.txt" },
  ],
  ["copilot", "agentStop", { stopReason: "end_turn" }, { kind: "turn_ended" }],
  [
    "copilot",
    "errorOccurred",
    { errorContext: "model_call", recoverable: true, error: { message: "refused" } },
    { kind: "alive" },
  ],
  [
    "copilot",
    "errorOccurred",
    { error: { message: "no model", name: "Error" } },
    { kind: "turn_failed", text: "no model" },
  ],
];

describe("reading a hook", () => {
  test.each([...claude, ...codex, ...gemini, ...qwen])(
    "%s %s %j tells what it means",
    (agent, event, payload, meaning) => {
      const seen = agentNamed(agent).readHook?.(event, { session_id: id, ...payload });
      expect(seen).toEqual({ meaning, agentSessionId: id });
    },
  );

  test.each(copilot)("%s %s %j tells what it means", (agent, event, payload, meaning) => {
    const seen = agentNamed(agent).readHook?.(event, { sessionId: id, ...payload });
    expect(seen).toEqual({ meaning, agentSessionId: id });
  });

  test.each(["claude-code", "codex", "gemini", "qwen", "copilot"])(
    "%s says nothing by an event that is not known",
    (agent) => {
      expect(agentNamed(agent).readHook?.("SomethingNew", { session_id: id })).toBeUndefined();
      expect(agentNamed(agent).readHook?.("SessionEnd", { session_id: id })).toBeUndefined();
    },
  );

  test.each(["claude-code", "codex"])("%s begins and ends no turn by a sub-agent", (agent) => {
    const read = (event: string) => {
      const payload = { session_id: id, agent_id: "a1", prompt: "look", ...tool("Bash", run) };
      return agentNamed(agent).readHook?.(event, payload)?.meaning;
    };
    expect(read("UserPromptSubmit")).toEqual({ kind: "alive" });
    expect(read("Stop")).toEqual({ kind: "alive" });
    expect(read("PermissionRequest")).toMatchObject(asked);
    expect(read("PostToolUse")).toEqual({ kind: "tool_ended", call });
  });

  test.each(["claude-code", "codex", "gemini", "qwen"])(
    "%s copes with an empty payload, and erases no conversation id",
    (agent) => {
      const seen = agentNamed(agent).readHook?.("SessionStart", {});
      expect(seen).toEqual({ meaning: { kind: "started" } });
    },
  );
});

function tool(name: string, input: unknown): Payload {
  return { tool_name: name, tool_input: input, tool_use_id: "toolu_1" };
}

function notice(type: string): Payload {
  return { notification_type: type, message: "a message" };
}
