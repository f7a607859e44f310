import { projectView } from "../../engine/project-view.ts";
import { listProjects, type Project } from "../../store/project.ts";
import { command } from "../command.ts";

export const ls = command({
  meta: { name: "ls", description: "List projects" },
  args: { all: { type: "boolean", alias: "a", description: "Also archived ones" } },
  example: "ao project ls",
  async run({ output, openEngine }, args) {
    const engine = await openEngine();
    const projects = listProjects(engine.store, args.all);
    if (output.isJson) return output.json({ projects: projects.map(projectView) });
    output.table<Project>(
      projects,
      [
        {
          header: "PROJECT",
          value: (one) => one.id,
          paint: (text, _one, paint) => paint.bold(text),
        },
        { header: "BRANCH", value: (one) => one.defaultBranch },
        { header: "STATE", value: (one) => (one.archivedAt === null ? "active" : "archived") },
        { header: "PATH", value: (one) => one.path, giveWay: 2 },
        { header: "ORIGIN", value: (one) => one.origin ?? "-", giveWay: 1 },
      ],
      "no projects; add one: `ao project add PATH`",
    );
  },
});
