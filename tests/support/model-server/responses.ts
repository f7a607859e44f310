import { type Answer, type Protocol, serverEvent, type Turn } from "./conversation.ts";
import { list, record, text, textBlocks } from "./json.ts";

/** Responses, as Codex speaks it. */
export const responses: Protocol = {
  name: "responses",
  path: /\/responses$/,
  read: (body) => ({
    model: text(body["model"]),
    turns: [
      { role: "system", blocks: textBlocks(body["instructions"]) },
      ...readInput(body["input"]),
    ],
    tools: list(body["tools"]).map((one) => {
      const { name, parameters } = record(one);
      return { name: text(name), schema: record(parameters) };
    }),
    isStreamed: body["stream"] === true,
    answerSchema: readSchema(body),
  }),
  whole: (answer, model) => responseOf(model, "completed", [itemOf(answer)]),
  stream: (answer, model) => {
    const item = itemOf(answer);
    const [running, done] = [
      responseOf(model, "in_progress", []),
      responseOf(model, "completed", [item]),
    ];
    return [
      { type: "response.created", response: running },
      { type: "response.output_item.added", output_index: 0, item },
      ...(answer.kind === "text"
        ? [{ type: "response.output_text.delta", output_index: 0, delta: answer.text }]
        : []),
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { ...done, id: running["id"] } },
    ].map((event) => serverEvent(event, event.type));
  },
  error: (message) => ({ error: { type: "invalid_request_error", code: "scripted", message } }),
};

function readInput(input: unknown): Turn[] {
  if (typeof input === "string") return [{ role: "user", blocks: [input] }];
  return list(input).flatMap((item): Turn[] => {
    const { type, role, content, output } = record(item);
    if (text(type).endsWith("_call_output")) return [{ role: "tool", blocks: textBlocks(output) }];
    if (text(type) !== "" && type !== "message") return [];
    if (role === "assistant") return [{ role, blocks: textBlocks(content) }];
    return [{ role: role === "user" ? "user" : "system", blocks: textBlocks(content) }];
  });
}

function readSchema(body: Record<string, unknown>): Record<string, unknown> | undefined {
  const format = record(record(body["text"])["format"]);
  return format["type"] === "json_schema" ? record(format["schema"]) : undefined;
}

function itemOf(answer: Exclude<Answer, { kind: "error" }>): Record<string, unknown> {
  if (answer.kind === "text") {
    const content = [{ type: "output_text", text: answer.text, annotations: [] }];
    const id = `msg_${crypto.randomUUID()}`;
    return { type: "message", id, role: "assistant", status: "completed", content };
  }
  return {
    type: "function_call",
    id: `fc_${answer.id}`,
    call_id: answer.id,
    name: answer.tool,
    arguments: JSON.stringify(answer.input),
    status: "completed",
  };
}

function responseOf(model: string, status: string, output: unknown[]): Record<string, unknown> {
  return {
    id: `resp_${crypto.randomUUID()}`,
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    status,
    model,
    output,
    usage: {
      input_tokens: 12,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 21,
    },
  };
}
