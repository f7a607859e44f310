/** The text of a field of a hook's payload; empty when it is missing or something else. */
export function text(payload: Record<string, unknown>, ...names: string[]): string {
  for (const name of names) {
    const value = payload[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return "";
}

/** The conversation id of a payload, under whichever name; nothing when there is none. */
export function conversation(payload: Record<string, unknown>): { agentSessionId?: string } {
  const id = text(payload, "session_id", "sessionId", "conversation_id", "thread-id");
  return id === "" ? {} : { agentSessionId: id };
}

/** What a tool call is, for a person: the tool, and what it is called with. */
export function toolText(tool: string, input: unknown): string {
  const fields = typeof input === "object" && input !== null ? Object.entries(input) : [];
  const subject = fields.find(([name]) => subjects.has(name))?.[1] ?? input;
  const words = typeof subject === "string" ? subject : JSON.stringify(subject ?? "");
  return `${tool}: ${words}`;
}

const subjects = new Set(["command", "file_path", "filePath", "path", "url", "questions"]);
