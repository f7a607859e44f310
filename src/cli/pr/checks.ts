import { pullChecks } from "../../engine/github/pull.ts";
import { briefPass } from "../../engine/pass.ts";
import { command } from "../command.ts";
import type { Output } from "../output.ts";
import { oneLine, type Paint, sanitize } from "../text.ts";
import { chosenPull, freshPull, pullArgument } from "./choose.ts";

type Check = ReturnType<typeof pullChecks>[number];

export const checks = command({
  meta: { name: "checks", description: "Show the checks of a pull request's head commit" },
  details: "With `--log` the end of the log of each failed check follows, as far as it was read.",
  args: {
    pr: pullArgument,
    log: { type: "boolean", description: "Also the end of the logs of failed checks" },
    fresh: { type: "boolean", description: "Look at GitHub first" },
  },
  example: "ao pr checks 231 --log",
  async run({ output, openEngine, globals }, args) {
    const engine = await openEngine();
    await briefPass(engine);
    const find = args.fresh ? freshPull : chosenPull;
    const row = await find(engine, globals, args.pr);
    const found = pullChecks(engine, row, { withLog: args.log });
    const { key, number, headSha, ci } = row;
    if (output.isJson) return output.json({ key, number, headSha, ci, checks: found });
    output.table<Check>(
      found,
      [
        {
          header: "CHECK",
          value: ({ name }) => name,
          giveWay: 4,
          paint: (text, _one, paint) => paint.bold(text),
        },
        {
          header: "STATUS",
          value: ({ status }) => status,
          paint: (text, { status }, paint) => paintStatus(text, status, paint),
        },
        { header: "FAILING STEP", value: ({ failingStep }) => failingStep || "-", giveWay: 3 },
        { header: "SUMMARY", value: ({ summary }) => summary.split("\n")[0] ?? "", giveWay: 2 },
        { header: "URL", value: ({ url }) => url, giveWay: 1 },
      ],
      `#${number} has no checks at ${headSha.slice(0, 12)}`,
    );
    if (args.log) showLogs(output, found);
  },
});

function showLogs(output: Output, found: readonly Check[]): void {
  for (const { name, status, logTail, summary } of found) {
    if (status !== "failed") continue;
    output.line("");
    output.line(output.paint.bold(`${oneLine(name)}:`));
    output.line(sanitize(logTail || summary || "its log was not read"));
  }
}

function paintStatus(text: string, status: Check["status"], paint: Paint): string {
  if (status === "failed" || status === "cancelled") return paint.red(text);
  return status === "passed" ? paint.green(text) : text;
}
