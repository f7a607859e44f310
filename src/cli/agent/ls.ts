import { type AgentView, listAgents } from "../../engine/agents.ts";
import { projectIfClear } from "../../engine/project.ts";
import { command } from "../command.ts";

export const ls = command({
  meta: { name: "ls", description: "List agents, with what is installed" },
  details:
    "`untried` marks a recipe that was never run against the real program. A login is `unknown` " +
    "where the program does not tell of it. `ao doctor --agents` tries them for real.",
  args: {},
  example: "ao agent ls",
  async run({ output, openEngine, globals }) {
    const engine = await openEngine();
    const project = projectIfClear(engine, globals.project, process.cwd());
    const agents = await listAgents(engine, project);
    if (output.isJson) return output.json({ agents });
    output.table<AgentView>(
      agents,
      [
        {
          header: "AGENT",
          value: (one) => one.name,
          paint: (text, _one, paint) => paint.bold(text),
        },
        { header: "VERSION", value: version },
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

function version(one: AgentView): string {
  return one.version ?? (one.path !== null ? "unknown" : one.isInstalled ? "any" : "-");
}

function note(one: AgentView): string {
  const notes = [
    one.definition ? `of ${one.source}` : one.isTried ? "" : "untried",
    one.isTooOld ? `older than ${one.minimumVersion}` : "",
    one.isInstalled ? "" : one.installHint,
  ];
  return notes.filter(Boolean).join("; ");
}
