import { AoError } from "../error.ts";
import type { Reader, Transaction } from "./store.ts";

/** A repository that `ao` works on, as stored. Times are Unix milliseconds. */
export interface Project {
  id: string;
  /** Real path of the main work tree. */
  path: string;
  origin: string | null;
  host: string | null;
  owner: string | null;
  repo: string | null;
  defaultBranch: string;
  /** JSON of the settings made with `ao project set`. */
  config: string;
  /** Hash of the commands of the repository's own configuration that the person has trusted. */
  trustHash: string | null;
  createdAt: number;
  updatedAt: number;
  archivedAt: number | null;
}

export type NewProject = Pick<
  Project,
  "id" | "path" | "origin" | "host" | "owner" | "repo" | "defaultBranch"
>;

/** Adds a project. The caller has made sure that id and path are free. */
export function insertProject(tx: Transaction, project: NewProject): void {
  tx.change("projectInsert", { ...project, config: "{}", now: tx.now });
}

/** A project by its id, archived or not. Throws `not_found`. */
export function getProject(reader: Reader, id: string): Project {
  const found = findProject(reader, id);
  if (!found) throw notFound(id);
  return found;
}

/** A project by its id, archived or not, or undefined. */
export function findProject(reader: Reader, id: string): Project | undefined {
  return reader.one<Project>("projectGet", { id });
}

/** A project by the real path of its main work tree. */
export function findProjectByPath(reader: Reader, path: string): Project | undefined {
  return reader.one<Project>("projectByPath", { path });
}

/** Projects by id; archived ones only when asked for. */
export function listProjects(reader: Reader, withArchived = false): Project[] {
  return reader.all<Project>("projectList", { withArchived: Number(withArchived) });
}

/** How many of a project's sessions have not ended. */
export function countLiveSessions(reader: Reader, id: string): number {
  return reader.one<{ count: number }>("projectLiveSessions", { id })?.count ?? 0;
}

/** Takes the next session number of a project: never given twice. */
export function takeSessionNumber(tx: Transaction, projectId: string): number {
  const row = tx.one<{ number: number }>("projectTakeNumber", { id: projectId });
  if (!row) throw notFound(projectId);
  return row.number;
}

/** Archives a project (or brings it back): lists leave it out, its sessions still resolve. */
export function setProjectArchived(tx: Transaction, id: string, isArchived: boolean): void {
  const archivedAt = isArchived ? tx.now : null;
  mustChange(tx.change("projectSetArchived", { id, archivedAt, now: tx.now }), id);
}

/** Replaces the machine's settings of a project (JSON). */
export function setProjectConfig(tx: Transaction, id: string, config: string): void {
  mustChange(tx.change("projectSetConfig", { id, config, now: tx.now }), id);
}

/** Stores which commands of the repository's configuration are trusted; null trusts none. */
export function setProjectTrust(tx: Transaction, id: string, trustHash: string | null): void {
  mustChange(tx.change("projectSetTrust", { id, trustHash, now: tx.now }), id);
}

/** Stores what a fresh look at the repository found. */
export function setProjectRepository(tx: Transaction, project: NewProject): void {
  const { path: _path, ...facts } = project;
  mustChange(tx.change("projectSetRepository", { ...facts, now: tx.now }), project.id);
}

function mustChange(changes: number, id: string): void {
  if (changes === 0) throw notFound(id);
}

function notFound(id: string): AoError {
  const facts = { reason: "PROJECT_NOT_FOUND" };
  return new AoError("not_found", `project ${id} not found`, "ao project ls", facts);
}
