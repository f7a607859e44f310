import { candidatesFor } from "../../domain/attribution.ts";
import type { Session } from "../../domain/session.ts";
import { resolveCommit } from "../../git/base.ts";
import { isSameRepository, type RepositoryName } from "../../github/host.ts";
import type { OpenPr } from "../../github/observe.ts";
import type { BranchWanted } from "../../github/query.ts";
import { listPrs } from "../../store/observation.ts";
import { getProject, listProjects, type Project } from "../../store/project.ts";
import { listSessions } from "../../store/session.ts";
import type { Reader } from "../../store/store.ts";
import type { Engine } from "../engine.ts";
import { repositoryOf } from "./github.ts";

/**
 * The live session that an open pull request belongs to: by its head branch, when the head is in
 * the project's own repository (a stranger's fork can have a branch of any name) and the head
 * commit is known there (so can anybody who may push). Undefined for nobody's.
 */
export async function ownerOf(engine: Engine, open: OpenPr): Promise<Session | undefined> {
  if (!open.isOwnHead) return undefined;
  const projects = listProjects(engine.store).filter((project) => isOf(project, open.listedIn));
  const ids = new Set(projects.map(({ id }) => id));
  const sessions = listSessions(engine.store).filter(({ projectId }) => ids.has(projectId));
  for (const session of candidatesFor(open.headRef, sessions)) {
    const { path } = getProject(engine.store, session.projectId);
    if (await resolveCommit(path, open.headSha)) return session;
  }
  return undefined;
}

/** The branches of live sessions in these repositories that have no open pull request yet. */
export function branchesWithoutPr(
  reader: Reader,
  repositories: readonly RepositoryName[],
): BranchWanted[] {
  if (repositories.length === 0) return [];
  const owning = new Set(listPrs(reader, {}).map(({ sessionId }) => sessionId));
  const sessions = listSessions(reader).filter(({ id }) => !owning.has(id));
  return listProjects(reader).flatMap((project) => {
    const repository = repositories.find((name) => isOf(project, name));
    if (!repository) return [];
    const mine = sessions.filter(({ projectId }) => projectId === project.id);
    return mine.map(({ branch }) => ({ repository, branch }));
  });
}

function isOf(project: Project, name: RepositoryName): boolean {
  const own = repositoryOf(project);
  return own !== undefined && isSameRepository(own, name);
}
