import { type Answer, type Protocol, serverEvent, type Turn } from "./conversation.ts";
import { list, record, text, textBlocks } from "./json.ts";

/** The Gemini API, as Gemini CLI speaks it. */
export const gemini: Protocol = {
  name: "gemini",
  path: /\/models\/[^/]+:(?:streamGenerateContent|generateContent)$/,
  read: (body, url) => ({
    model: /models\/([^/:]+):/.exec(url.pathname)?.[1] ?? "",
    turns: [
      { role: "system", blocks: textBlocks(record(body["systemInstruction"])["parts"]) },
      ...list(body["contents"]).map(readTurn),
    ],
    tools: list(body["tools"])
      .flatMap((one) => list(record(one)["functionDeclarations"]))
      .map((one) => {
        const { name, parameters, parametersJsonSchema } = record(one);
        return { name: text(name), schema: record(parametersJsonSchema ?? parameters) };
      }),
    isStreamed: url.pathname.endsWith(":streamGenerateContent"),
    answerSchema: readSchema(body),
  }),
  whole: (answer, model) => responseOf(answer, model),
  stream: (answer, model) => [serverEvent(responseOf(answer, model))],
  error: (message) => ({ error: { code: 400, message, status: "INVALID_ARGUMENT" } }),
};

function readTurn(content: unknown): Turn {
  const { role, parts } = record(content);
  const blocks = textBlocks(parts);
  if (role === "model") return { role: "assistant", blocks };
  const isResult = list(parts).some((part) => "functionResponse" in record(part));
  return { role: isResult ? "tool" : "user", blocks };
}

function readSchema(body: Record<string, unknown>): Record<string, unknown> | undefined {
  const config = record(body["generationConfig"]);
  if (config["responseMimeType"] !== "application/json") return undefined;
  return record(config["responseJsonSchema"] ?? config["responseSchema"]);
}

function responseOf(answer: Exclude<Answer, { kind: "error" }>, model: string): unknown {
  const part =
    answer.kind === "text"
      ? { text: answer.text }
      : { functionCall: { id: answer.id, name: answer.tool, args: answer.input } };
  const content = { role: "model", parts: [part] };
  return {
    candidates: [{ index: 0, content, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 9, totalTokenCount: 21 },
    modelVersion: model,
    responseId: crypto.randomUUID(),
  };
}
