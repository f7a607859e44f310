import { supervisorOf } from "../../engine/supervisor/choose.ts";
import { daemonLog } from "../../engine/supervisor/logs.ts";
import { command } from "../command.ts";
import { sanitize } from "../text.ts";
import { parseCount } from "../time.ts";

export const logs = command({
  meta: { name: "logs", description: "Print what the installed daemon told" },
  args: {
    follow: { type: "boolean", alias: "f", description: "Go on as it tells more" },
    lines: { type: "string", alias: "n", default: "100", description: "How many lines" },
  },
  example: "ao daemon logs -n 20 --follow",
  async run({ output, openEngine, interrupt }, { follow, lines }) {
    const count = parseCount("--lines", lines, { min: 1 });
    const engine = await openEngine();
    const signal = AbortSignal.any([interrupt, output.closed]);
    let rest = "";
    const onOutput = (text: string) => {
      const complete = `${rest}${text}`.split("\n");
      rest = complete.pop() ?? "";
      for (const line of complete) {
        if (output.isJson) output.json({ line });
        else output.line(sanitize(line));
      }
    };
    await daemonLog(engine, supervisorOf(engine), { lines: count, follow, signal, onOutput });
    if (rest !== "") onOutput("\n");
  },
});
