import type { Project } from "../../store/project.ts";
import { isoTime } from "../time.ts";

/** A project as every surface shows it: the stable contract of `--json`. */
export function projectView(project: Project) {
  const { id, path, origin, defaultBranch, config, trustHash, archivedAt } = project;
  return {
    id,
    path,
    origin,
    defaultBranch,
    config: JSON.parse(config) as Record<string, unknown>,
    isTrusted: trustHash !== null,
    isArchived: archivedAt !== null,
    createdAt: isoTime(project.createdAt),
    updatedAt: isoTime(project.updatedAt),
  };
}

/** A project as a person reads it: a line for each fact, then the settings made here. */
export function projectLines(project: Project): string {
  const { config, ...facts } = projectView(project);
  const settings = Object.entries(config).map(
    ([key, value]) => `  ${key} = ${JSON.stringify(value)}`,
  );
  const rows = Object.entries(facts).map(([name, value]) => `${name.padEnd(13)}  ${value ?? "-"}`);
  return [...rows, ...(settings.length > 0 ? ["settings", ...settings] : [])].join("\n");
}
