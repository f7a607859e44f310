import { briefPass } from "../../engine/pass.ts";
import { type SessionView, sessionViews } from "../../engine/view.ts";
import { getProject } from "../../store/project.ts";
import { command } from "../command.ts";
import type { Output } from "../output.ts";
import { sessionTable } from "./table.ts";

export const ls = command({
  meta: { name: "ls", description: "List sessions" },
  details: "Shows the live sessions of all projects; sessions that have ended with `--all`.",
  args: {
    all: { type: "boolean", alias: "a", description: "Also sessions that have ended" },
    watch: { type: "boolean", alias: "w", description: "Redraw as things change" },
  },
  example: "ao ls --all --project shop",
  async run({ output, openEngine, globals, interrupt }, args) {
    const engine = await openEngine();
    const projectId = globals.project;
    if (projectId !== undefined) getProject(engine.store, projectId);
    await briefPass(engine);
    const read = () => sessionViews(engine, { projectId, withTerminated: args.all });
    if (!args.watch) return show(output, read(), args.all);
    const { watchSessions } = await import("./watch.ts");
    return await watchSessions(engine, output, interrupt, read);
  },
});

function show(output: Output, sessions: SessionView[], withTerminated: boolean): void {
  if (output.isJson) return output.json({ sessions });
  const empty = withTerminated
    ? 'no sessions; start one: `ao spawn "the task"`'
    : 'no live sessions; start one: `ao spawn "the task"`, or see `ao ls --all`';
  output.table(sessions, sessionTable(Date.now()), empty);
}
