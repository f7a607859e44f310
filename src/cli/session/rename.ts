import { sessionView } from "../../engine/view.ts";
import { AoError } from "../../error.ts";
import { setTitle } from "../../store/session.ts";
import { command } from "../command.ts";

/** Longest title; it has to fit a table. */
const titleLength = 200;

export const rename = command({
  meta: { name: "rename", description: "Give a session another title" },
  args: {
    session: { type: "positional", description: "Session id", complete: "session" },
    title: { type: "positional", description: "The new title" },
  },
  example: 'ao session rename shop-1 "idempotent checkout"',
  async run({ output, openEngine }, args) {
    const title = args.title.trim();
    if (title === "" || title.length > titleLength) {
      throw new AoError("usage", `a title has 1 to ${titleLength} characters`);
    }
    const engine = await openEngine();
    engine.store.write((tx) => setTitle(tx, args.session, title));
    output.result(sessionView(engine, args.session), () => `${args.session} is now ${title}`);
  },
});
