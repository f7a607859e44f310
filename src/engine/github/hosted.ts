import { AoError } from "../../error.ts";
import { inspectRepository } from "../../git/repository.ts";
import type { RepositoryName } from "../../github/host.ts";
import { type Project, setProjectRepository } from "../../store/project.ts";
import type { Engine } from "../engine.ts";
import { repositoryOf } from "./github.ts";

/**
 * The repository of a project on its host. A project that was added before its repository had an
 * `origin` gets it now. Throws `conflict` when it has none still, or one that is on no host.
 */
export async function hostedRepository(engine: Engine, project: Project): Promise<RepositoryName> {
  const known = repositoryOf(project);
  if (known) return known;
  const { origin, host, owner, repo, defaultBranch, root } = await inspectRepository(project.path);
  if (!origin) {
    const hint = `git -C ${project.path} remote add origin URL`;
    throw new AoError("conflict", `project ${project.id} has no remote \`origin\``, hint);
  }
  if (!host || !owner || !repo) {
    const hint = `git -C ${project.path} remote set-url origin URL`;
    throw new AoError("conflict", `origin of project ${project.id} is on no host`, hint);
  }
  const facts = { id: project.id, path: root, origin, host, owner, repo, defaultBranch };
  engine.store.write((tx) => setProjectRepository(tx, facts));
  return { host, owner, repo };
}
