import { afterAll, describe, expect, test } from "bun:test";

import { startModelServer } from "../support/model-server/server.ts";

const server = startModelServer();
afterAll(() => server.stop());

const schema = { type: "object", properties: { command: { type: "string" } } };
const system = "be brief";

interface Sample {
  name: string;
  path: string;
  /** A first request with this prompt, and one after the tool has answered. */
  ask(prompt: string): object;
  resume(prompt: string): object;
}

const samples: Sample[] = [
  {
    name: "anthropic",
    path: "/v1/messages",
    ask: (prompt) => ({
      system,
      stream: true,
      tools: [{ name: "Bash", input_schema: schema }],
      messages: [{ role: "user", content: [{ type: "text", text: prompt }] }],
    }),
    resume: (prompt) => ({
      stream: true,
      tools: [{ name: "Bash", input_schema: schema }],
      messages: [
        { role: "user", content: prompt },
        { role: "assistant", content: [{ type: "tool_use", id: "c", name: "Bash", input: {} }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "c", content: "" }] },
        { role: "user", content: "<system-reminder>be careful</system-reminder>" },
      ],
    }),
  },
  {
    name: "responses",
    path: "/v1/responses",
    ask: (prompt) => ({
      stream: true,
      tools: [{ type: "function", name: "exec_command", parameters: schema }],
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: prompt }] }],
    }),
    resume: (prompt) => ({
      stream: true,
      tools: [{ type: "function", name: "exec_command", parameters: schema }],
      input: [
        { type: "message", role: "user", content: [{ type: "input_text", text: prompt }] },
        { type: "function_call", call_id: "c", name: "exec_command", arguments: "{}" },
        { type: "function_call_output", call_id: "c", output: "" },
      ],
    }),
  },
  {
    name: "chat",
    path: "/v1/chat/completions",
    ask: (prompt) => ({
      stream: true,
      tools: [{ type: "function", function: { name: "bash", parameters: schema } }],
      messages: [{ role: "user", content: prompt }],
    }),
    resume: (prompt) => ({
      stream: true,
      tools: [{ type: "function", function: { name: "bash", parameters: schema } }],
      messages: [
        { role: "user", content: prompt },
        { role: "assistant", content: null, tool_calls: [] },
        { role: "tool", tool_call_id: "c", content: "" },
      ],
    }),
  },
  {
    name: "gemini",
    path: "/v1beta/models/fake:streamGenerateContent?alt=sse",
    ask: (prompt) => ({
      tools: [{ functionDeclarations: [{ name: "run_shell_command", parameters: schema }] }],
      contents: [{ role: "user", parts: [{ text: prompt }] }],
    }),
    resume: (prompt) => ({
      tools: [{ functionDeclarations: [{ name: "run_shell_command", parameters: schema }] }],
      contents: [
        { role: "user", parts: [{ text: prompt }] },
        { role: "model", parts: [{ functionCall: { name: "run_shell_command", args: {} } }] },
        { role: "user", parts: [{ functionResponse: { name: "run_shell_command" } }] },
      ],
    }),
  },
];

async function post(path: string, body: object): Promise<{ status: number; text: string }> {
  const init = { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(server.url + path, init);
  return { status: response.status, text: await response.text() };
}

describe.each(samples)("the model server, asked by $name", ({ path, ask, resume }) => {
  test("calls the shell, then says the text after its result", async () => {
    const prompt = "please [[sh touch a.txt]] [[say all done]]";
    const called = await post(path, ask(prompt));
    expect(called).toEqual({ status: 200, text: expect.stringContaining("touch a.txt") });
    expect(server.asked.at(-1)?.answer.kind).toBe("call");
    const said = await post(path, resume(prompt));
    expect(said).toEqual({ status: 200, text: expect.stringContaining("all done") });
    expect(server.asked.at(-1)?.answer).toEqual({ kind: "text", text: "all done" });
  });

  test("answers a prompt without directives with its first words", async () => {
    await post(path, ask("tell me about it"));
    expect(server.asked.at(-1)?.answer).toEqual({ kind: "text", text: "ok tell me about it" });
  });

  test("fails when told to, after the calls before", async () => {
    const prompt = "[[sh true]] [[fail]]";
    expect((await post(path, ask(prompt))).status).toBe(200);
    expect((await post(path, resume(prompt))).status).toBe(400);
  });

  test("thinks as long as it was told", async () => {
    const start = performance.now();
    await post(path, ask("[[slow 60]] [[say late]]"));
    expect(performance.now() - start).toBeGreaterThanOrEqual(55);
  });
});
