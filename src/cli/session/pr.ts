import { type PullSummary, sessionPulls } from "../../engine/github/session-pulls.ts";
import { briefPass } from "../../engine/pass.ts";
import { command } from "../command.ts";
import { relativeTime } from "../time.ts";
import { chosenSession, sessionArgument } from "./id.ts";

export const pr = command({
  meta: { name: "pr", description: "List the pull requests of a session" },
  details: "Open ones come first. More about each: `ao pr show`.",
  args: { session: sessionArgument },
  example: "ao session pr shop-1",
  async run({ output, openEngine }, args) {
    const id = chosenSession(args.session);
    const engine = await openEngine();
    await briefPass(engine);
    const found = sessionPulls(engine, id);
    if (output.isJson) return output.json(found);
    const now = Date.now();
    output.table<PullSummary>(
      found.prs,
      [
        {
          header: "PR",
          value: ({ number }) => `#${number}`,
          paint: (text, _one, paint) => paint.bold(text),
        },
        { header: "STATE", value: ({ state }) => state },
        { header: "CI", value: ({ ci }) => ci.state },
        { header: "REVIEW", value: ({ review }) => review.decision },
        { header: "MERGEABLE", value: ({ mergeability }) => mergeability.state },
        {
          header: "SEEN",
          value: ({ observedAt }) => relativeTime(Date.parse(observedAt), now),
          align: "right",
        },
        { header: "URL", value: ({ url }) => url, giveWay: 2 },
        { header: "TITLE", value: ({ title }) => title, giveWay: 1 },
      ],
      `${id} has no pull request; \`ao pr open ${id}\``,
    );
  },
});
