import { screenOf } from "../engine/terminal.ts";
import { command } from "./command.ts";
import { chosenSession, sessionArgument } from "./session/id.ts";

export const screen = command({
  meta: { name: "screen", description: "Print what is on an agent's screen now" },
  args: {
    session: sessionArgument,
  },
  example: "ao screen shop-1",
  async run({ output, openEngine }, args) {
    const id = chosenSession(args.session);
    const engine = await openEngine();
    const shown = await screenOf(engine, id);
    if (!shown.isComplete) output.warn("some output was lost, so this may not be what it shows");
    const { isComplete, lines, columns, rows, cursor, isAlternate } = shown;
    output.result({ id, isComplete, columns, rows, cursor, isAlternate, lines }, () =>
      lines.length > 0 ? lines.join("\n") : undefined,
    );
  },
});
