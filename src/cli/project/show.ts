import { projectView } from "../../engine/project-view.ts";
import { getProject } from "../../store/project.ts";
import { command } from "../command.ts";
import { projectLines } from "./view.ts";

export const show = command({
  meta: { name: "show", description: "Show a project and its settings" },
  args: { id: { type: "positional", description: "Project id", complete: "project" } },
  example: "ao project show shop",
  async run({ output, openEngine }, args) {
    const engine = await openEngine();
    const project = getProject(engine.store, args.id);
    output.result(projectView(project), () => projectLines(project));
  },
});
