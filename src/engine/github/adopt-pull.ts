import type { PrObservation } from "../../domain/observation.ts";
import { fetchPr } from "../../github/actions.ts";
import type { RepositoryName } from "../../github/host.ts";
import { findKnownPr, getPr, type PrRow } from "../../store/observation.ts";
import type { Engine } from "../engine.ts";
import { ownerOf } from "./owner.ts";
import { recordPull, withGitHub } from "./record-pull.ts";

/**
 * Looks at a pull request that the store does not have, and stores it when it is a session's by
 * branch and commit. Returns undefined when it is nobody's. Throws `not_found`, `unavailable`.
 */
export async function adoptPull(
  engine: Engine,
  repository: RepositoryName,
  number: number,
): Promise<PrRow | undefined> {
  const now = Date.now();
  return await withGitHub(engine, repository.host, async (github) => {
    const seen = await fetchPr(github, { repository, number });
    const known = findKnownPr(engine.store, seen);
    const session = known ? undefined : await sessionOf(engine, repository, seen);
    const owner = known ?? (session && { projectId: session.projectId, sessionId: session.id });
    if (!owner) return undefined;
    const memory = { logTries: new Map(), logsRestUntil: 0 };
    const { projectId, sessionId } = owner;
    await recordPull(engine, github, seen, { now, memory, owner: { projectId, sessionId } });
    return getPr(engine.store, known?.key ?? seen.key);
  });
}

/** The head may be in a fork that is a project's own repository. */
async function sessionOf(engine: Engine, repository: RepositoryName, seen: PrObservation) {
  const [owner = "", repo = ""] = seen.headRepo.split("/");
  const { number, url, headRef, headSha } = seen;
  const listedIn = { host: repository.host, owner, repo };
  return await ownerOf(engine, {
    ...{ repository, listedIn, number, url, headRef, headSha },
    isOwnHead: seen.headRepo !== "",
  });
}
