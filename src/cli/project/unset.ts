import { projectView } from "../../engine/project-view.ts";
import { setProjectSetting } from "../../engine/project.ts";
import { command } from "../command.ts";

export const unset = command({
  meta: { name: "unset", description: "Remove a setting that was made with `ao project set`" },
  args: {
    id: { type: "positional", description: "Project id", complete: "project" },
    key: { type: "positional", description: "Name of the setting" },
  },
  example: "ao project unset shop agent",
  async run({ output, openEngine }, { id, key }) {
    const engine = await openEngine();
    const project = setProjectSetting(engine, id, key, undefined);
    output.result(projectView(project), () => `${id}: ${key} is no longer set here`);
  },
});
