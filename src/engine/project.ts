import { realpathSync } from "node:fs";
import { basename, join, resolve, sep } from "node:path";

import { type Config, machineKeys } from "../domain/config.ts";
import { checkProjectId, freeSlug, projectSlug } from "../domain/ids.ts";
import { AoError } from "../error.ts";
import { inspectRepository } from "../git/repository.ts";
import {
  countLiveSessions,
  findProject,
  findProjectByPath,
  getProject,
  insertProject,
  listProjects,
  type NewProject,
  type Project,
  setProjectArchived,
  setProjectConfig,
  setProjectRepository,
  setProjectTrust,
} from "../store/project.ts";
import { adapterNamed } from "./adapters.ts";
import { checkConfig, commandsHash, configSources } from "./config.ts";
import type { Engine } from "./engine.ts";
import { worktreesRoot } from "./paths.ts";

/**
 * Adds the repository at a path, or brings an archived project back.
 * Throws `not_found`, `usage` or `conflict` for what is no repository with a commit, and
 * `conflict` for a repository or an id that is there already.
 */
export async function addProject(
  engine: Engine,
  path: string,
  wantedId?: string,
): Promise<Project> {
  const facts = await lookAt(resolve(path));
  if (wantedId !== undefined) checkProjectId(wantedId);
  return engine.store.write((tx) => {
    const known = findProjectByPath(tx, facts.path);
    if (known) {
      refuseAgain(known, wantedId);
      setProjectArchived(tx, known.id, false);
      setProjectRepository(tx, { ...facts, id: known.id });
      return getProject(tx, known.id);
    }
    if (wantedId !== undefined && findProject(tx, wantedId)) {
      throw new AoError("conflict", `project ${wantedId} exists`, `ao project show ${wantedId}`);
    }
    const slug = projectSlug(basename(facts.path));
    const id = wantedId ?? freeSlug(slug, (name) => findProject(tx, name) !== undefined);
    insertProject(tx, { ...facts, id });
    return getProject(tx, id);
  });
}

/**
 * The project that a command means: the flag, `AO_PROJECT_ID`, the one that contains the current
 * directory, the only active one. Throws `usage` when that leaves none.
 */
export function chooseProject(engine: Engine, named: string | undefined, cwd: string): Project {
  const id = named ?? engine.env["AO_PROJECT_ID"];
  if (id) return activeProject(engine, id);
  const projects = listProjects(engine.store);
  const here = projectContaining(engine, projects, cwd);
  if (here) return here;
  const [only, ...others] = projects;
  if (only && others.length === 0) return only;
  throw only
    ? new AoError(
        "usage",
        "which project is not clear",
        "name it: `--project ID` (`ao project ls`)",
      )
    : new AoError("usage", "no project was added yet", "ao project add PATH");
}

/**
 * The project that a command is about where one is not needed: as `chooseProject`, but none where
 * that is not clear. Throws `not_found` for a name that is none.
 */
export function projectIfClear(
  engine: Engine,
  named: string | undefined,
  cwd: string,
): Project | undefined {
  try {
    return chooseProject(engine, named, cwd);
  } catch (error) {
    if (error instanceof AoError && error.code === "usage") return undefined;
    throw error;
  }
}

/**
 * Archives a project: lists leave it out, its sessions still resolve.
 * Throws `not_found`, and `conflict` while sessions of it live.
 */
export function removeProject(engine: Engine, id: string): Project {
  return engine.store.write((tx) => {
    getProject(tx, id);
    const live = countLiveSessions(tx, id);
    if (live > 0) {
      const what = live === 1 ? "1 session that has" : `${live} sessions that have`;
      throw new AoError("conflict", `project ${id} has ${what} not ended`, `ao ls --project ${id}`);
    }
    setProjectArchived(tx, id, true);
    return getProject(tx, id);
  });
}

/** Changes one setting of a project on this machine; undefined removes it. Throws `usage`. */
export function setProjectSetting(
  engine: Engine,
  id: string,
  key: string,
  value: unknown,
): Project {
  return setProjectSettings(engine, id, { [key]: value });
}

/** Changes several settings, all or none; undefined removes one. Throws `usage`, `not_found`. */
export function setProjectSettings(
  engine: Engine,
  id: string,
  changes: Record<string, unknown>,
): Project {
  const { agent } = changes;
  if (typeof agent === "string") adapterNamed(engine, agent, getProject(engine.store, id));
  return engine.store.write((tx) => {
    const project = getProject(tx, id);
    const config: Record<string, unknown> = JSON.parse(project.config);
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined) delete config[key];
      else config[key] = value;
    }
    const checked = checkConfig(config, `ao project set ${id}`);
    const wrong = Object.keys(changes).find((key) => machineKeys.some((name) => name === key));
    if (wrong !== undefined) {
      throw new AoError(
        "usage",
        `${wrong} holds for the whole machine, not for a project`,
        "set it in the `config.toml` of the data directory",
      );
    }
    setProjectConfig(tx, id, JSON.stringify(checked));
    return getProject(tx, id);
  });
}

/** The commands of the repository's own file, and whether the person has trusted these. */
export interface TrustState {
  place: string;
  commands: Pick<Config, "setup" | "teardown" | "env" | "agents">;
  hash: string | null;
  isTrusted: boolean;
}

/** What `ao project trust` shows before it stores anything. Throws `not_found`. */
export function trustState(engine: Engine, id: string): TrustState {
  const project = getProject(engine.store, id);
  const team = configSources(engine.dataDir, project).find(({ origin }) => origin === "team");
  const { setup, teardown, env, agents } = team?.values ?? {};
  const hash = commandsHash(team?.values ?? {});
  return {
    place: team?.place ?? "",
    commands: {
      ...(setup ? { setup } : {}),
      ...(teardown ? { teardown } : {}),
      ...(env ? { env } : {}),
      ...(agents ? { agents } : {}),
    },
    hash,
    isTrusted: hash !== null && hash === project.trustHash,
  };
}

/** Trusts exactly the commands with this hash; null takes the trust back. */
export function setTrust(engine: Engine, id: string, hash: string | null): void {
  engine.store.write((tx) => setProjectTrust(tx, id, hash));
}

/** A project that is not archived. Throws `not_found`, and `conflict` for one that is. */
export function activeProject(engine: Engine, id: string): Project {
  const project = getProject(engine.store, id);
  if (project.archivedAt === null) return project;
  throw new AoError("conflict", `project ${id} is archived`, `ao project add ${project.path}`);
}

/** By its repository, or by the worktrees that were made of it. */
function projectContaining(
  engine: Engine,
  projects: readonly Project[],
  cwd: string,
): Project | undefined {
  const real = realpathSync(cwd);
  const worktrees = worktreesRoot(realpathSync(engine.dataDir));
  const isInside = (folder: string) => real === folder || real.startsWith(folder + sep);
  const owner = projects.find(({ id }) => isInside(join(worktrees, id)));
  const around = projects.filter(({ path }) => isInside(path));
  return owner ?? around.sort((a, b) => b.path.length - a.path.length)[0];
}

function refuseAgain(known: Project, wantedId: string | undefined): void {
  const isOther = wantedId !== undefined && wantedId !== known.id;
  if (known.archivedAt !== null && !isOther) return;
  throw new AoError(
    "conflict",
    `${known.path} is project ${known.id} already`,
    `ao project show ${known.id}`,
  );
}

async function lookAt(path: string): Promise<Omit<NewProject, "id">> {
  const found = await inspectRepository(path);
  return {
    path: found.root,
    origin: found.origin ?? null,
    host: found.host ?? null,
    owner: found.owner ?? null,
    repo: found.repo ?? null,
    defaultBranch: found.defaultBranch,
  };
}
