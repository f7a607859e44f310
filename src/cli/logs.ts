import { followLog, logTail } from "../engine/terminal.ts";
import { command } from "./command.ts";
import { chosenSession, sessionArgument } from "./session/id.ts";
import { parseCount } from "./time.ts";

export const logs = command({
  meta: { name: "logs", description: "Print what an agent's terminal showed, as plain text" },
  args: {
    session: sessionArgument,
    follow: { type: "boolean", alias: "f", description: "Go on as it prints" },
    lines: { type: "string", alias: "n", default: "100", description: "How many lines" },
  },
  example: "ao logs shop-1 -n 50 --follow",
  async run({ output, openEngine, interrupt }, args) {
    const id = chosenSession(args.session);
    const count = parseCount("--lines", args.lines, { min: 1 });
    const engine = await openEngine();
    const lines = await logTail(engine, id, count);
    if (output.isJson) output.json({ id, lines });
    else if (lines.length > 0) output.line(lines.join("\n"));
    if (!args.follow) return;
    const signal = AbortSignal.any([interrupt, output.closed]);
    await followLog(engine, id, signal, (text) => {
      if (output.isJson) output.json({ id, text });
      else output.data(text);
    });
  },
});
