import type { PrObservation } from "../../domain/observation.ts";
import { settledCi } from "../../domain/pace.ts";
import { AoError } from "../../error.ts";
import { originAddress } from "../../git/base.ts";
import type { Upstream } from "../../git/pr-branch.ts";
import { siblingAddress } from "../../git/remote.ts";
import { fetchPr, mayPushToHead, type PrPlace } from "../../github/actions.ts";
import type { GitHub } from "../../github/client.ts";
import { GitHubError } from "../../github/failure.ts";
import {
  isSameRepository,
  parsePrReference,
  prKey,
  type RepositoryName,
} from "../../github/host.ts";
import { refuseClosed, refuseOwned } from "../../store/claim.ts";
import { findPr, hasHadChecks } from "../../store/observation.ts";
import { getProject, type Project } from "../../store/project.ts";
import type { Engine } from "../engine.ts";
import { findConflicts } from "../github/conflicts.ts";
import { repositoryOf } from "../github/github.ts";
import { hostedRepository } from "../github/hosted.ts";
import { withGitHub } from "../github/record-pull.ts";

/** A pull request that can be claimed, as it was just seen on its host. */
export interface ClaimTarget {
  seen: PrObservation;
  /** When the facts were seen that were stored as the look began. */
  knownAt: number | undefined;
  conflictFiles: readonly string[];
}

/** Where pushes to a pull request go. */
export interface PushTarget {
  upstream: Upstream;
  /** The head branch is in the project's own repository. */
  isOwn: boolean;
  /** `owner/repo:branch` of the head, for a person to read. */
  name: string;
  isAllowed: boolean;
}

/** Which pull request a reference means, in the project's repository. */
export interface PrMeant extends PrPlace {
  /** The repository that was named, when that is not what the project calls its own. */
  named?: RepositoryName;
}

/**
 * Reads a number, `#n`, or the address of a pull request. Throws `usage` for anything else,
 * `conflict` for a project without a repository on a host and for another host.
 */
async function readReference(
  engine: Engine,
  project: Project,
  reference: string,
): Promise<PrMeant> {
  const parsed = parsePrReference(reference);
  if (!parsed) {
    const hint = "a number, `#231`, or https://HOST/OWNER/REPO/pull/231";
    const what = reference.trim() === "" ? "the pull request is missing" : undefined;
    const reason = what === undefined ? "INVALID_PR_REF" : "PR_REQUIRED";
    throw new AoError("usage", what ?? `${reference} names no pull request`, hint, { reason });
  }
  const own = await ownRepository(engine, project);
  const { number, repository } = parsed;
  if (!repository || isSameRepository(repository, own)) return { repository: own, number };
  if (repository.host !== own.host) throw isOfAnother(reference, project, own);
  return { repository: own, number, named: repository };
}

/**
 * Looks at a pull request on its host, and refuses what nobody may claim. Throws `not_found`,
 * `unavailable`, and `conflict` for one of another repository, a closed one, and one that a live
 * session keeps.
 */
export async function lookAtPr(
  engine: Engine,
  project: Project,
  reference: string,
  owner: { sessionId?: string; mayTakeOver: boolean },
): Promise<ClaimTarget> {
  const meant = await readReference(engine, project, reference);
  const knownAt = findPr(engine.store, prKey(meant.repository, meant.number))?.observedAt;
  const raw = await fetchMeant(engine, project, reference, meant);
  refuseClosed(raw);
  refuseOwned(engine.store, { seen: raw, ...owner });
  const known = findPr(engine.store, raw.key);
  const hadChecks = hasHadChecks(engine.store, raw.key);
  const seen = { ...raw, ci: settledCi(raw, known, hadChecks, Date.now()) };
  const conflictFiles = await findConflicts(engine, { ...known, projectId: project.id }, seen);
  return { seen, knownAt, conflictFiles };
}

/**
 * Where a push to a pull request goes: its branch in the project's repository, or in a fork when
 * the token's account may write there; else nowhere, and then its head can only be pulled.
 */
export async function pushTarget(
  engine: Engine,
  project: Project,
  seen: PrObservation,
): Promise<PushTarget> {
  const { headRef, headRepo, number } = seen;
  refuseOddName(seen);
  const own = repositoryOf(getProject(engine.store, project.id));
  const name = `${headRepo || "a repository that is gone"}:${headRef}`;
  const ref = `refs/heads/${headRef}`;
  if (isOwnHead(seen, own)) {
    return { upstream: { remote: "origin", ref }, isOwn: true, name, isAllowed: true };
  }
  const remote = headRepo && siblingAddress(await originAddress(project.path), headRepo);
  if (own && remote) {
    const place = { repository: own, number };
    const ask = (github: GitHub) => mayPushToHead(github, place);
    const isAllowed = await withGitHub(engine, own.host, ask);
    if (isAllowed) return { upstream: { remote, ref }, isOwn: false, name, isAllowed };
  }
  const upstream = { remote: "origin", ref: `refs/pull/${number}/head` };
  return { upstream, isOwn: false, name, isAllowed: false };
}

async function ownRepository(engine: Engine, project: Project): Promise<RepositoryName> {
  try {
    return await hostedRepository(engine, project);
  } catch (cause) {
    if (!(cause instanceof AoError)) throw cause;
    const { code, message, hint } = cause;
    throw new AoError(code, message, hint, { reason: "INVALID_PR_REF", cause });
  }
}

async function fetchMeant(
  engine: Engine,
  project: Project,
  reference: string,
  meant: PrMeant,
): Promise<PrObservation> {
  const { repository, named } = meant;
  try {
    const seen = await withGitHub(engine, repository.host, (github) => fetchPr(github, meant));
    // A renamed repository answers under both names, and tells the present one.
    const present = parsePrReference(seen.url)?.repository;
    if (!named || (present && isSameRepository(present, { ...named, host: present.host })))
      return seen;
  } catch (error) {
    const isMissing = error instanceof GitHubError && error.kind === "not_found";
    if (!named || !isMissing) throw error;
  }
  throw isOfAnother(reference, project, repository);
}

function isOfAnother(reference: string, project: Project, own: RepositoryName): AoError {
  const what = `${reference} is not of the repository of project ${project.id}`;
  const facts = { reason: "PR_PROJECT_MISMATCH" };
  return new AoError("conflict", what, `that is ${own.host}/${own.owner}/${own.repo}`, facts);
}

/** The head's repository is told by its present name, the project's may have an older one. */
function isOwnHead({ headRepo, url }: PrObservation, own: RepositoryName | undefined): boolean {
  const present = parsePrReference(url)?.repository;
  return [present, own].some((one) => one && headRepo === `${one.owner}/${one.repo}`);
}

/** A name becomes part of a refspec, and strangers choose it. */
function refuseOddName({ headRef, number }: PrObservation): void {
  if (/^[^\p{Cc}\s:*?[\\~^]+$/u.test(headRef)) return;
  const what = `the head branch of pull request #${number} has a name that git does not take`;
  throw new AoError("conflict", what, "ao session claim-pr --no-checkout");
}
