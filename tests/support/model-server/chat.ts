import { type Answer, type Protocol, serverEvent, type Turn } from "./conversation.ts";
import { list, record, text, textBlocks } from "./json.ts";

/** Chat Completions, as opencode, Qwen Code and Copilot speak it. */
export const chat: Protocol = {
  name: "chat",
  path: /\/chat\/completions$/,
  read: (body) => ({
    model: text(body["model"]),
    turns: list(body["messages"]).map(readTurn),
    tools: list(body["tools"]).map((one) => {
      const { name, parameters } = record(record(one)["function"]);
      return { name: text(name), schema: record(parameters) };
    }),
    isStreamed: body["stream"] === true,
    answerSchema: readSchema(body),
  }),
  whole: (answer, model) => ({
    ...head("chat.completion", model),
    choices: [{ index: 0, message: messageOf(answer), finish_reason: finish(answer) }],
    usage,
  }),
  stream: (answer, model) => {
    const base = head("chat.completion.chunk", model);
    const chunk = (delta: unknown, reason: string | null) =>
      serverEvent({ ...base, choices: [{ index: 0, delta, finish_reason: reason }] });
    return [
      chunk(messageOf(answer), null),
      chunk({}, finish(answer)),
      serverEvent({ ...base, choices: [], usage }),
      serverEvent("[DONE]"),
    ];
  },
  error: (message) => ({ error: { type: "invalid_request_error", code: "scripted", message } }),
};

const usage = { prompt_tokens: 12, completion_tokens: 9, total_tokens: 21 };

function readTurn(message: unknown): Turn {
  const { role, content } = record(message);
  const known = role === "assistant" || role === "tool" || role === "user" ? role : "system";
  return { role: known, blocks: textBlocks(content) };
}

function readSchema(body: Record<string, unknown>): Record<string, unknown> | undefined {
  const format = record(body["response_format"]);
  return format["type"] === "json_schema"
    ? record(record(format["json_schema"])["schema"])
    : undefined;
}

function head(object: string, model: string): Record<string, unknown> {
  const created = Math.floor(Date.now() / 1000);
  return { id: `chatcmpl-${crypto.randomUUID()}`, object, created, model };
}

function messageOf(answer: Exclude<Answer, { kind: "error" }>): Record<string, unknown> {
  if (answer.kind === "text") return { role: "assistant", content: answer.text };
  const called = { name: answer.tool, arguments: JSON.stringify(answer.input) };
  const call = { index: 0, id: answer.id, type: "function", function: called };
  return { role: "assistant", content: null, tool_calls: [call] };
}

function finish(answer: Answer): string {
  return answer.kind === "call" ? "tool_calls" : "stop";
}
