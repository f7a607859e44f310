import { type AgentView, showAgent } from "../../engine/agents.ts";
import { projectIfClear } from "../../engine/project.ts";
import { command } from "../command.ts";

export const show = command({
  meta: { name: "show", description: "Show what one agent can do" },
  args: { agent: { type: "positional", description: "Name of the agent", complete: "agent" } },
  example: "ao agent show codex",
  async run({ output, openEngine, globals }, args) {
    const engine = await openEngine();
    const project = projectIfClear(engine, globals.project, process.cwd());
    const view = await showAgent(engine, args.agent, project);
    output.result(view, () =>
      Object.entries(view)
        .map(([name, value]) => `${name.padEnd(14)}  ${text(value)}`)
        .join("\n"),
    );
  },
});

function text(value: AgentView[keyof AgentView]): string {
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" && value !== null ? JSON.stringify(value) : `${value ?? "-"}`;
}
