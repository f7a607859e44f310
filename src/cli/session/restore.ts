import { recover } from "../../engine/recovery.ts";
import { restoreAll } from "../../engine/restore-all.ts";
import { restore as restoreSession } from "../../engine/restore.ts";
import { sessionView } from "../../engine/view.ts";
import { AoError } from "../../error.ts";
import { command, type Context } from "../command.ts";
import { chosenSession, sessionArgument } from "./id.ts";

export const restore = command({
  meta: { name: "restore", description: "Bring a session back in its own worktree" },
  details:
    "Continues the agent's own conversation where the agent can, and says so where it starts " +
    "anew. With `--all`, everything that ran when the machine went down.",
  args: {
    session: sessionArgument,
    all: { type: "boolean", description: "All sessions that nobody ended" },
  },
  example: "ao session restore shop-1",
  async run(context, args) {
    if (args.all && args.session !== undefined) {
      throw new AoError("usage", "a session and `--all` do not go together", "leave out one");
    }
    if (args.all) return await restoreEach(context);
    const id = chosenSession(args.session);
    const engine = await context.openEngine();
    await recover(engine, (operation) => operation.sessionId === id);
    const { conversation } = await restoreSession(engine, id);
    const told = conversation === "native" ? "its conversation goes on" : "a new conversation";
    context.output.result(
      { ...sessionView(engine, id), conversation },
      () => `${id} runs: ${told}`,
    );
  },
});

async function restoreEach({ openEngine, output }: Context): Promise<number> {
  const engine = await openEngine();
  await recover(engine);
  const outcomes = await restoreAll(engine);
  if (outcomes.length === 0) output.note("no session was lost");
  const restored = outcomes.map(({ sessionId, result, error }) => ({
    id: sessionId,
    conversation: result?.conversation ?? null,
    error: error ?? null,
  }));
  if (output.isJson) output.json({ sessions: restored });
  for (const { id, conversation, error } of restored) {
    if (error !== null) output.warn(`${id}: ${error}`);
    else if (!output.isJson) output.line(`${id} runs (${conversation} conversation)`);
  }
  return restored.some(({ error }) => error !== null) ? 1 : 0;
}
