import { AoError } from "../../error.ts";
import { parsePrReference, prKey, type RepositoryName } from "../../github/host.ts";
import { findKnownPr, findPr, listPrs, type PrRow } from "../../store/observation.ts";
import { listProjects, type Project } from "../../store/project.ts";
import type { Engine } from "../engine.ts";
import { chooseProject } from "../project.ts";
import { repositoryOf } from "./github.ts";

/** How a person names a pull request, and where from. */
export interface PullReference {
  /** A number, `#number`, its page, or its key (`host/owner/repo#number`). */
  text: string;
  /** The project that was named, if one was. */
  projectId?: string | undefined;
  /** Directory of the person; the project around it is meant by a mere number. */
  cwd?: string | undefined;
}

/**
 * The pull request that a person means. One that is not known yet is looked up on its host, once,
 * and kept when it is some session's. Throws `usage` for what is none or not clear, `not_found`,
 * and `unavailable`.
 */
export async function findPull(engine: Engine, reference: PullReference): Promise<PrRow> {
  const { text } = reference;
  const byKey = findPr(engine.store, text.trim().toLowerCase());
  if (byKey) return byKey;
  const parsed = parsePrReference(text);
  if (!parsed) {
    const hint = "its number, `#number` or the address of its page";
    throw new AoError("usage", `${JSON.stringify(text)} names no pull request`, hint);
  }
  const { number, repository } = parsed;
  return repository
    ? await byPage(engine, reference, repository, number)
    : await byNumber(engine, reference, number);
}

async function byPage(
  engine: Engine,
  { text, projectId }: PullReference,
  repository: RepositoryName,
  number: number,
): Promise<PrRow> {
  const url = /^.*?\/pull\/\d+/.exec(text.trim())?.[0] ?? text;
  const key = prKey(repository, number);
  const found =
    findKnownPr(engine.store, { key, url }) ?? (await lookUp(engine, repository, number));
  if (projectId !== undefined && found.projectId !== projectId) {
    const hint = `--project ${found.projectId}`;
    const message = `pull request ${key} is of project ${found.projectId}, not ${projectId}`;
    throw new AoError("usage", message, hint);
  }
  return found;
}

async function byNumber(engine: Engine, reference: PullReference, number: number): Promise<PrRow> {
  const project = projectMeant(engine, reference);
  const projectId = project?.id;
  const found = listPrs(engine.store, { projectId, withClosed: true }).filter(
    (row) => row.number === number,
  );
  const own = project && repositoryOf(project);
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  // Those of a fork's own repository are meant before those of where it comes from.
  const inOwn = own && found.find(({ key }) => key === prKey(own, number));
  if (inOwn) return inOwn;
  if (only) throw ambiguous(found, number);
  if (own) return await lookUp(engine, own, number);
  const place = project ? ` of project ${project.id}` : "";
  throw new AoError("not_found", `pull request #${number}${place} not found`, "ao pr ls --all");
}

/** The project that a number is of, or undefined where any may be meant. */
function projectMeant(engine: Engine, { projectId, cwd }: PullReference): Project | undefined {
  if (cwd === undefined && projectId === undefined) return undefined;
  try {
    return chooseProject(engine, projectId, cwd ?? engine.dataDir);
  } catch (error) {
    const isUnclear = error instanceof AoError && error.code === "usage";
    if (isUnclear && projectId === undefined) return undefined;
    throw error;
  }
}

function ambiguous(found: readonly PrRow[], number: number): AoError {
  const keys = found.map(({ key }) => key).sort();
  const projects = new Set(found.map(({ projectId }) => projectId));
  const hint = projects.size > 1 ? `--project ${[...projects].sort()[0]}` : keys[0];
  return new AoError("usage", `#${number} can be ${keys.join(" or ")}`, hint);
}

/** Asks the host for one that nobody has seen; only a session's own is kept. */
async function lookUp(engine: Engine, repository: RepositoryName, number: number): Promise<PrRow> {
  const isOurs = listProjects(engine.store).some(({ host }) => host === repository.host);
  if (isOurs) {
    const { adoptPull } = await import("./adopt-pull.ts");
    const found = await adoptPull(engine, repository, number);
    if (found) return found;
  }
  const message = `pull request ${prKey(repository, number)} is no session's`;
  throw new AoError("not_found", message, `ao session claim-pr SESSION ${number}`);
}
