import { briefPass } from "../engine/pass.ts";
import { explain, type Explanation, whyJson } from "../engine/why.ts";
import type { Evidence } from "../store/evidence.ts";
import { command } from "./command.ts";
import { chosenSession, sessionArgument } from "./session/id.ts";
import { renderTable } from "./table.ts";
import { oneLine, painter } from "./text.ts";
import { relativeTime } from "./time.ts";

export const why = command({
  meta: { name: "why", description: "Show the evidence behind a session's status" },
  args: {
    session: sessionArgument,
  },
  example: "ao why shop-2",
  async run({ output, openEngine }, args) {
    const id = chosenSession(args.session);
    const engine = await openEngine();
    await briefPass(engine);
    const found = await explain(engine, id);
    output.result(whyJson(found), () => render(found, output.width));
  },
});

function render(found: Explanation, width: number | undefined): string {
  const now = Date.now();
  const plain = painter(false);
  const table = renderTable<Evidence>(
    found.evidence,
    [
      { header: "SOURCE", value: (one) => one.source },
      { header: "VERDICT", value: (one) => one.verdict },
      { header: "AGE", value: (one) => relativeTime(one.at, now), align: "right" },
      { header: "DETAIL", value: (one) => one.detail, giveWay: 1 },
    ],
    plain,
    width,
  );
  const { operation } = found;
  return [
    `${found.sessionId} is ${found.status}: ${found.rule}`,
    ...found.contradictions.map((text) => `contradiction: ${text}`),
    ...(operation ? [`under way: ${operation.kind}, at step ${operation.step}`] : []),
    "",
    table.trimEnd(),
    ...(found.messages.length > 0 ? ["", "last messages:"] : []),
    ...found.messages.map(messageLine),
    ...(found.screen ? ["", "its screen:", ...found.screen.map((line) => `  ${line}`)] : []),
  ].join("\n");
}

function messageLine({ id, state, error, source, text }: Explanation["messages"][number]): string {
  const why = error === null ? "" : ` (${oneLine(error)})`;
  return `  ${id.slice(0, 8)} ${source} ${state}${why}: ${oneLine(text)}`;
}
