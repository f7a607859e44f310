import { showAgent } from "../../engine/agents.ts";
import { command } from "../command.ts";

export const show = command({
  meta: { name: "show", description: "Show what one agent can do" },
  args: { agent: { type: "positional", description: "Name of the agent", complete: "agent" } },
  example: "ao agent show codex",
  async run({ output, openEngine }, args) {
    const view = await showAgent(await openEngine(), args.agent);
    output.result(view, () =>
      Object.entries(view)
        .map(
          ([name, value]) =>
            `${name.padEnd(14)}  ${Array.isArray(value) ? value.join(", ") : (value ?? "-")}`,
        )
        .join("\n"),
    );
  },
});
