import { type AgentView, listAgents } from "../../engine/agents.ts";
import { command } from "../command.ts";

export const ls = command({
  meta: { name: "ls", description: "List agents, with what is installed" },
  details:
    "`untried` marks a recipe that was never run against the real program. A login is `unknown` " +
    "where the program does not tell of it. `ao doctor --agents` tries them for real.",
  args: {},
  example: "ao agent ls",
  async run({ output, openEngine }) {
    const agents = await listAgents(await openEngine());
    if (output.isJson) return output.json({ agents });
    output.table<AgentView>(
      agents,
      [
        {
          header: "AGENT",
          value: (one) => one.name,
          paint: (text, _one, paint) => paint.bold(text),
        },
        { header: "VERSION", value: (one) => one.version ?? (one.isInstalled ? "any" : "-") },
        { header: "LOGIN", value: (one) => (one.path === null ? "-" : one.authentication) },
        { header: "STATUS", value: (one) => (one.hasSignals ? "reports" : "from its terminal") },
        { header: "RECEIPTS", value: (one) => (one.receipts === "none" ? "no" : "yes") },
        { header: "RESUME", value: (one) => (one.canResume ? "yes" : "no") },
        { header: "NOTE", value: note, giveWay: 1 },
      ],
      "no agents",
    );
  },
});

function note(one: AgentView): string {
  const notes = [
    one.isTried ? "" : "untried",
    one.isTooOld ? `older than ${one.minimumVersion}` : "",
    one.isInstalled ? "" : one.installHint,
  ];
  return notes.filter(Boolean).join("; ");
}
