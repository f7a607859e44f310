import { projectView } from "../../engine/project-view.ts";
import { addProject } from "../../engine/project.ts";
import { command } from "../command.ts";

export const add = command({
  meta: { name: "add", description: "Add the repository at a path" },
  args: {
    path: { type: "positional", description: "Folder inside the repository", complete: "file" },
    id: { type: "string", description: "Short name (default: from the folder's name)" },
  },
  example: "ao project add ~/src/shop",
  async run({ output, openEngine }, args) {
    const engine = await openEngine();
    const project = await addProject(engine, args.path, args.id);
    output.result(projectView(project), () => project.id);
    output.note(`start an agent: \`ao spawn --project ${project.id} "the task"\``);
  },
});
