import { projectView } from "../../engine/project-view.ts";
import { removeProject } from "../../engine/project.ts";
import { command } from "../command.ts";

export const rm = command({
  meta: { name: "rm", description: "Archive a project; the repository is not touched" },
  details: "Its sessions still resolve, and adding the same path again brings it back.",
  args: { id: { type: "positional", description: "Project id", complete: "project" } },
  example: "ao project rm shop",
  async run({ output, openEngine }, args) {
    const engine = await openEngine();
    const project = removeProject(engine, args.id);
    output.result(projectView(project), () => `${args.id} is archived`);
  },
});
