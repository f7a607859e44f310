import { projectView } from "../../engine/project-view.ts";
import type { Project } from "../../store/project.ts";

/** A project as a person reads it: a line for each fact, then the settings made here. */
export function projectLines(project: Project): string {
  const { config, ...facts } = projectView(project);
  const settings = Object.entries(config).map(
    ([key, value]) => `  ${key} = ${JSON.stringify(value)}`,
  );
  const rows = Object.entries(facts).map(([name, value]) => `${name.padEnd(13)}  ${value ?? "-"}`);
  return [...rows, ...(settings.length > 0 ? ["settings", ...settings] : [])].join("\n");
}
