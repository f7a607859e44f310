import { sessionDiff } from "../engine/diff.ts";
import { command } from "./command.ts";
import { chosenSession, sessionArgument } from "./session/id.ts";

export const diff = command({
  meta: { name: "diff", description: "Show what a session has changed against its base" },
  details: "Includes commits, uncommitted changes, and new files that git does not ignore.",
  args: {
    session: sessionArgument,
    stat: { type: "boolean", description: "Only a summary per file" },
  },
  example: "ao diff shop-1 --stat",
  async run({ output, openEngine }, args) {
    const id = chosenSession(args.session);
    const engine = await openEngine();
    const hasColor = output.paint.red("x") !== "x";
    const { text, ...counts } = await sessionDiff(engine, id, { isSummary: args.stat, hasColor });
    if (output.isJson) return output.json({ id, ...counts, diff: text });
    if (text === "") output.note(`${id} has changed nothing`);
    output.data(text);
  },
});
