import { isoTime } from "../domain/time.ts";
import type { Project } from "../store/project.ts";

/** A project as every surface shows it: the stable contract of `--json`. Times are RFC 3339. */
export interface ProjectView {
  id: string;
  path: string;
  origin: string | null;
  defaultBranch: string;
  /** Settings made on this machine. */
  config: Record<string, unknown>;
  isTrusted: boolean;
  isArchived: boolean;
  createdAt: string;
  updatedAt: string;
}

/** The public facts of a project. */
export function projectView(project: Project): ProjectView {
  const { id, path, origin, defaultBranch, config, trustHash, archivedAt } = project;
  return {
    id,
    path,
    origin,
    defaultBranch,
    config: JSON.parse(config),
    isTrusted: trustHash !== null,
    isArchived: archivedAt !== null,
    createdAt: isoTime(project.createdAt),
    updatedAt: isoTime(project.updatedAt),
  };
}
