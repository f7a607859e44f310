import { parseSetting } from "../../engine/config.ts";
import { projectView } from "../../engine/project-view.ts";
import { setProjectSetting } from "../../engine/project.ts";
import { command } from "../command.ts";

export const set = command({
  meta: { name: "set", description: "Change a setting of a project on this machine" },
  details:
    "A list or a table is written as TOML, such as '[\"npm ci\"]'. The settings: agent, model, " +
    "mode, runtime, base, env, symlinks, setup, teardown, setupTimeoutSeconds, terminateOnMerge, " +
    "cleanupGraceSeconds, botFeedback, reactions, agents.",
  args: {
    id: { type: "positional", description: "Project id", complete: "project" },
    key: { type: "positional", description: "Name of the setting" },
    value: { type: "positional", description: "Its value" },
  },
  example: "ao project set shop agent codex",
  async run({ output, openEngine }, { id, key, value }) {
    const parsed = parseSetting(value);
    const engine = await openEngine();
    const project = setProjectSetting(engine, id, key, parsed);
    output.result(projectView(project), () => `${id}: ${key} is now ${value}`);
  },
});
