import { waitStates } from "../domain/message.ts";
import { recover } from "../engine/recovery.ts";
import { send as sendMessage, type SendResult } from "../engine/send.ts";
import { AoError, exitCodes } from "../error.ts";
import { command } from "./command.ts";
import { readText } from "./input.ts";
import type { Output } from "./output.ts";
import { parseDuration } from "./time.ts";

export const send = command({
  meta: { name: "send", description: "Send a text to a session's agent" },
  details:
    "The text is stored first, then typed when that is safe: never into a dialog, a shell, or " +
    "under a half-written draft. The exit code tells how far it is known to have come; after " +
    "the time limit it stays queued. `submitted` means typed and entered, `acked` that the " +
    "agent itself confirmed it.",
  args: {
    session: { type: "positional", description: "Session id", complete: "session" },
    text: { type: "positional", required: false, description: "The text" },
    file: {
      type: "string",
      description: "Read the text from a file, or - for standard input",
      valueHint: "file",
      complete: "file",
    },
    wait: {
      type: "enum",
      options: [...waitStates],
      description: "How far to follow it (default: as far as the agent can show)",
    },
    timeout: { type: "string", default: "30s", description: "How long to follow it" },
    key: { type: "string", description: "A second send with the same key does nothing" },
  },
  example: 'ao send shop-1 "use the outbox table"',
  async run({ output, openEngine, interrupt }, args) {
    const { file } = args;
    const text = await readText({ what: "the text", text: args.text, file, interrupt });
    if (text === undefined) throw new AoError("usage", "the text is missing", 'ao send ID "text"');
    const timeoutMs = parseDuration("--timeout", args.timeout);
    const engine = await openEngine();
    await recover(engine, (operation) => operation.sessionId === args.session);
    const sender = process.env["AO_SESSION_ID"];
    const result = await sendMessage(engine, {
      sessionId: args.session,
      text,
      source: sender === undefined ? "person" : "session",
      sender,
      dedupeKey: args.key,
      wait: args.wait,
      timeoutMs,
    });
    return report(output, result);
  },
});

function report(output: Output, result: SendResult): number {
  const { message, wanted, isReached, reason, screen } = result;
  const { id, sessionId, state, error } = message;
  if (isReached) {
    output.result({ id, sessionId, state }, () => `${state} ${id}`);
    return 0;
  }
  const isLost = state === "failed" || state === "refused" || state === "expired";
  const why = error ?? reason ?? "nothing more is known";
  for (const line of screen?.lines.slice(-12) ?? []) output.note(`  | ${line}`);
  const text = isLost
    ? `message ${id} was not delivered (${state}): ${why}`
    : `message ${id} is ${state}, not ${wanted}: ${why}`;
  output.fail(new AoError(isLost ? "failed" : "timeout", text, `ao why ${sessionId}`));
  return isLost ? exitCodes.failed : exitCodes.timeout;
}
