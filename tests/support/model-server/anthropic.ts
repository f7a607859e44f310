import { type Answer, type Protocol, serverEvent, type Turn } from "./conversation.ts";
import { list, record, text, textBlocks } from "./json.ts";

type Block = Record<string, unknown>;

/** Messages, as Claude Code speaks it. */
export const anthropic: Protocol = {
  name: "anthropic",
  path: /\/v1\/messages$/,
  read: (body) => ({
    model: text(body["model"]),
    turns: [
      { role: "system", blocks: textBlocks(body["system"]) },
      ...list(body["messages"]).map(readTurn),
    ],
    tools: list(body["tools"]).map((one) => {
      const { name, input_schema: schema } = record(one);
      return { name: text(name), schema: record(schema) };
    }),
    isStreamed: body["stream"] === true,
    answerSchema: readSchema(body),
  }),
  whole: (answer, model) => ({ ...head(model), content: [blockOf(answer)], ...tail(answer) }),
  stream: (answer, model) => {
    const block = blockOf(answer);
    const delta =
      answer.kind === "text"
        ? { type: "text_delta", text: answer.text }
        : { type: "input_json_delta", partial_json: JSON.stringify(answer.input) };
    const empty = answer.kind === "text" ? { ...block, text: "" } : { ...block, input: {} };
    return [
      { type: "message_start", message: { ...head(model), content: [] } },
      { type: "content_block_start", index: 0, content_block: empty },
      { type: "content_block_delta", index: 0, delta },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: tail(answer), usage: { output_tokens: 9 } },
      { type: "message_stop" },
    ].map((event) => serverEvent(event, event.type));
  },
  error: (message) => ({ type: "error", error: { type: "invalid_request_error", message } }),
};

function readTurn(message: unknown): Turn {
  const { role, content } = record(message);
  const isResult = list(content).some((block) => record(block)["type"] === "tool_result");
  if (isResult) return { role: "tool", blocks: textBlocks(content) };
  const known = role === "assistant" || role === "system" ? role : "user";
  return { role: known, blocks: textBlocks(content) };
}

function readSchema(body: Record<string, unknown>): Record<string, unknown> | undefined {
  const format = record(record(body["output_config"])["format"] ?? body["output_format"]);
  return format["type"] === "json_schema" ? record(format["schema"]) : undefined;
}

function head(model: string): Block {
  const id = `msg_${crypto.randomUUID()}`;
  const usage = { input_tokens: 12, output_tokens: 1 };
  const open = { stop_reason: null, stop_sequence: null };
  return { id, type: "message", role: "assistant", model, ...open, usage };
}

function tail(answer: Answer): Block {
  return { stop_reason: answer.kind === "call" ? "tool_use" : "end_turn", stop_sequence: null };
}

function blockOf(answer: Exclude<Answer, { kind: "error" }>): Block {
  if (answer.kind === "text") return { type: "text", text: answer.text };
  return { type: "tool_use", id: answer.id, name: answer.tool, input: answer.input };
}
