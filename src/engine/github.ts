import { connect, type GitHub } from "../github/client.ts";
import type { RepositoryName } from "../github/host.ts";
import { findToken } from "../github/token.ts";
import type { Project } from "../store/project.ts";
import type { Engine } from "./engine.ts";

/** A token that was found is asked for again after this: a login can change. */
const tokenMs = 5 * 60_000;

const connections = new WeakMap<Engine, Map<string, { at: number; github: GitHub }>>();

/** The connection to a host. Throws `unavailable` when there is no token for it. */
export async function githubOf(engine: Engine, host: string): Promise<GitHub> {
  const known = connections.get(engine) ?? new Map<string, { at: number; github: GitHub }>();
  connections.set(engine, known);
  const cached = known.get(host);
  const now = Date.now();
  if (cached && now - cached.at < tokenMs) return cached.github;
  const { value: token } = await findToken(host, engine.env);
  const apiUrl = engine.env["AO_GITHUB_API_URL"];
  const github = connect({ host, token, ...(apiUrl ? { apiUrl } : {}) });
  known.set(host, { at: now, github });
  return github;
}

/** Forgets the connections, after a host refused the token. */
export function forgetConnections(engine: Engine): void {
  connections.delete(engine);
}

/** The repository of a project on its host, or undefined when its origin is on none. */
export function repositoryOf(
  project: Pick<Project, "host" | "owner" | "repo">,
): RepositoryName | undefined {
  const { host, owner, repo } = project;
  return host && owner && repo ? { host, owner, repo } : undefined;
}
