/** One entry of a conversation, whatever protocol it came by. */
export interface Turn {
  role: "system" | "user" | "assistant" | "tool";
  /** Its texts, as the agent split them. */
  blocks: string[];
}

/** A tool that the agent offers to the model. */
export interface Tool {
  name: string;
  /** JSON schema of its arguments. */
  schema: Record<string, unknown>;
}

/** What an agent asks of the model. */
export interface Request {
  model: string;
  turns: Turn[];
  tools: Tool[];
  isStreamed: boolean;
  /** The schema that the answer must have, when the agent wants JSON. */
  answerSchema?: Record<string, unknown> | undefined;
}

/** What the model answers. */
export type Answer =
  | { kind: "text"; text: string }
  | { kind: "call"; id: string; tool: string; input: Record<string, unknown> }
  | { kind: "error"; message: string };

/** One protocol: how a request reads, and how an answer is written. */
export interface Protocol {
  name: "anthropic" | "responses" | "chat" | "gemini";
  /** Whether a path of an HTTP request belongs to it. */
  path: RegExp;
  read(body: Record<string, unknown>, url: URL): Request;
  stream(answer: Exclude<Answer, { kind: "error" }>, model: string): string[];
  whole(answer: Exclude<Answer, { kind: "error" }>, model: string): unknown;
  error(message: string): unknown;
}

/** One server-sent event. */
export function serverEvent(data: unknown, name?: string): string {
  const head = name === undefined ? "" : `event: ${name}\n`;
  return `${head}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}
