import { describe, expect, test } from "bun:test";

import { definedAgent, definitionProblem } from "../../src/agent/defined.ts";
import { argumentBytes } from "../../src/agent/prompt.ts";
import type { AgentDefinition } from "../../src/domain/agent-definition.ts";
import { requestWith } from "./request.ts";

const full: AgentDefinition = {
  command: "pi chat --session {conversation} --say 'two words' --system={systemPrompt}",
  prompt: "-- {prompt}",
  model: "--model {model}",
  resume: "pi chat --resume {conversation}",
  modes: { bypass: "--yolo --quiet" },
  patterns: { approval: ["^Allow\\?", "Proceed"], working: "esc to stop", ready: "^> $" },
};

describe("an agent that a person has defined", () => {
  test("starts with its words, those of the mode and the model, and the task last", () => {
    const agent = definedAgent("pi", full);
    const request = { mode: "bypass", model: "big one", prompt: "it's $HOME" } as const;
    expect(agent.launch(requestWith(request)).argv).toEqual([
      ...["pi", "chat", "--session", "0cb916db-26aa-40f2-86b5-1ba81b225fd2"],
      ...["--say", "two words", "--system=stay in your worktree"],
      ...["--yolo", "--quiet", "--model", "big one", "--", "it's $HOME"],
    ]);
    const bare = agent.launch(requestWith({ prompt: "" })).argv;
    expect(bare.slice(-2)).toEqual(["two words", "--system=stay in your worktree"]);
  });

  test("never splits, or fills in again, what was filled in", () => {
    const prompt = "{model} 'a  b' | {promptFile}";
    const { argv } = definedAgent("pi", full).launch(requestWith({ prompt }));
    expect(argv.at(-1)).toBe(prompt);
  });

  test("is given a long task by its file", () => {
    const prompt = "x".repeat(argumentBytes + 1);
    const { argv } = definedAgent("pi", full).launch(requestWith({ prompt }));
    expect(argv.at(-1)).toContain("/data/sessions/shop-1/prompt.txt");
    const byFile = definedAgent("pi", { command: "pi", prompt: "--task {promptFile}" });
    expect(byFile.launch(requestWith()).argv.slice(1)).toEqual([
      "--task",
      "/data/sessions/shop-1/prompt.txt",
    ]);
  });

  test("claims what it was declared with, and no more", () => {
    const agent = definedAgent("pi", full);
    expect(agent).toMatchObject({
      hasSignals: false,
      receipts: "none",
      conversation: "chosen",
      missingModes: ["accept-edits", "auto"],
    });
    expect(agent.dialogs.map(({ kind, answer }) => [kind, answer])).toEqual([
      ["approval", undefined],
      ["approval", undefined],
    ]);
    const resumed = agent.resume?.({ ...requestWith({ model: "m" }), agentSessionId: "id-1" });
    expect(resumed?.argv).toEqual(["pi", "chat", "--resume", "id-1", "--model", "m"]);
    const plain = definedAgent("pi", { command: "pi" });
    expect([plain.conversation, plain.resume, plain.missingModes.length]).toEqual([
      "none",
      undefined,
      3,
    ]);
    expect(definedAgent("pi", { command: "pi", resume: "pi -c" }).conversation).toBe("folder");
  });

  test("refuses a task and a model that it has no words for", () => {
    const agent = definedAgent("pi", { command: "pi" });
    expect(() => agent.launch(requestWith())).toThrow("agent pi takes no task at its start");
    const request = requestWith({ prompt: "", model: "m" });
    expect(() => agent.launch(request)).toThrow("agent pi takes no model");
    const typing = definedAgent("pi", { command: "pi", typePrompt: true });
    expect(typing.launch(requestWith()).argv).toEqual(["pi"]);
  });

  test.each<[AgentDefinition, string, string]>([
    [{ command: "  " }, "command", "is empty"],
    [{ command: "pi | tee" }, "command", "holds |, but no shell runs it"],
    [{ command: "pi", resume: "pi 'x" }, "resume", "a ' without its partner"],
    [{ command: "pi", modes: { auto: "a && b" } }, "modes.auto", "holds &&"],
    [{ command: "pi", prompt: "{prompt}", typePrompt: true }, "typePrompt", "exclude"],
    [{ command: "pi", resume: "pi {conversation}" }, "resume", "`command` did not give"],
  ])("of %j is wrong in %s", (definition, key, message) => {
    const found = definitionProblem(definition);
    expect(found?.key).toBe(key);
    expect(found?.message).toContain(message);
    expect(definitionProblem(full)).toBeUndefined();
  });
});
