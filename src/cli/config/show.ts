import { configRows } from "../../engine/config.ts";
import { getProject } from "../../store/project.ts";
import { command } from "../command.ts";

export const show = command({
  meta: { name: "show", description: "Print every setting that holds" },
  args: { origin: { type: "boolean", description: "Also where each one comes from" } },
  example: "ao config show --project shop --origin",
  async run({ output, openEngine, globals, dataDir }, args) {
    const engine = await openEngine();
    const { project: id } = globals;
    const project = id === undefined ? undefined : getProject(engine.store, id);
    const rows = configRows(dataDir, project);
    if (output.isJson) {
      const settings = rows.map(({ key, value, origin, place }) =>
        args.origin ? { key, value, origin, place } : { key, value },
      );
      return output.json({ settings });
    }
    for (const { key, value, place, isInert } of rows) {
      const note = isInert ? " (not trusted, without effect)" : "";
      const from = args.origin || isInert ? `  # ${place}${note}` : "";
      output.line(`${key} = ${JSON.stringify(value)}${from}`);
    }
  },
});
