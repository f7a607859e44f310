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
