import { existsSync } from "node:fs";

import { isOpen } from "../../domain/pr.ts";
import type { Session } from "../../domain/session.ts";
import { AoError } from "../../error.ts";
import { resolveCommit } from "../../git/base.ts";
import { countSince, pushBranch } from "../../git/push.ts";
import { headOf } from "../../git/worktree.ts";
import { createPullRequest, parentOf } from "../../github/actions.ts";
import { prKey, type RepositoryName } from "../../github/host.ts";
import { observe } from "../../github/observe.ts";
import type { PrRow } from "../../store/observation.ts";
import { prsOfSession } from "../../store/pr.ts";
import { getProject } from "../../store/project.ts";
import { getSession } from "../../store/session.ts";
import { prBranch } from "../claim/text.ts";
import type { Engine } from "../engine.ts";
import { excludesOf } from "../workspace.ts";
import { hostedRepository } from "./hosted.ts";
import { describePull } from "./pull-text.ts";
import { type PullView, pullView } from "./pull.ts";
import { observePull, withGitHub } from "./record-pull.ts";

/** What a person wants opened; what is absent comes from the session and its commits. */
export interface OpenRequest {
  sessionId: string;
  title?: string | undefined;
  body?: string | undefined;
  /** Branch to merge into, without `origin/`. */
  base?: string | undefined;
  isDraft?: boolean | undefined;
  /** Opens it in the repository that origin is a fork of. */
  isUpstream?: boolean | undefined;
  /** Opens it without what is not committed yet. */
  mayBeDirty?: boolean | undefined;
}

/** The branch of a session that is to be opened. */
interface Work {
  session: Session;
  root: string;
  repository: RepositoryName;
  branch: string;
  headSha: string;
  baseRef: string;
  /** The commit to count from. */
  baseSha: string;
}

/**
 * Pushes the branch that a session's worktree is on and opens a pull request for it, which is the
 * session's from then on. Throws `not_found`; `conflict` when there is nothing to open, when one
 * is open, when the worktree is dirty, gone or on no branch; `unavailable`.
 */
export async function openPull(engine: Engine, request: OpenRequest): Promise<PullView> {
  const work = await findWork(engine, request);
  const { session, repository, root, branch, headSha: sha } = work;
  await refuseSecond(engine, work);
  const text = await describePull(work, request);
  const push = () => pushBranch({ root, sha, branch, signal: engine.interrupt });
  await engine.progress.step(`push ${branch}`, push);
  const place = request.isUpstream ? await upstreamOf(engine, repository) : repository;
  const head = place === repository ? branch : `${repository.owner}:${branch}`;
  const { number } = await withGitHub(engine, repository.host, (github) =>
    engine.progress.step("open the pull request", () =>
      createPullRequest(github, {
        ...{ repository: place, ...text, head, base: work.baseRef },
        isDraft: request.isDraft ?? false,
      }),
    ),
  );
  return pullView(await keep(engine, session, prKey(place, number), number));
}

async function upstreamOf(engine: Engine, repository: RepositoryName): Promise<RepositoryName> {
  const { host, owner, repo } = repository;
  const parent = await withGitHub(engine, host, (github) => parentOf(github, repository));
  if (parent) return parent;
  throw new AoError("conflict", `${owner}/${repo} is no fork`, "leave out `--upstream`");
}

/** When GitHub cannot be asked now, the next look finds it by its branch. */
async function keep(
  engine: Engine,
  { id: sessionId, projectId }: Session,
  key: string,
  number: number,
): Promise<PrRow> {
  try {
    return await observePull(engine, { key, number, projectId, sessionId });
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    const message = `pull request #${number} is open, but not stored yet: ${error.message}`;
    throw new AoError("unavailable", message, `ao pr show ${number}`, { cause: error });
  }
}

async function findWork(engine: Engine, request: OpenRequest): Promise<Work> {
  const session = getSession(engine.store, request.sessionId);
  const { id, worktreePath: worktree } = session;
  const project = getProject(engine.store, session.projectId);
  const repository = await hostedRepository(engine, project);
  if (!existsSync(worktree)) {
    throw new AoError("conflict", `the worktree of ${id} is gone`, `ao recover show ${id}`);
  }
  const head = await headOf(worktree, { env: excludesOf(engine, id) });
  if (head.branch === undefined) {
    const hint = `git -C ${worktree} switch ${session.branch}`;
    throw new AoError("conflict", `the worktree of ${id} is on no branch`, hint);
  }
  if (head.isDirty && !request.mayBeDirty) {
    const hint = `ao send ${id} "commit your work", or \`--allow-dirty\``;
    throw new AoError("conflict", `the worktree of ${id} has changes without a commit`, hint);
  }
  const base = await chooseBaseBranch(project.path, session, project.defaultBranch, request.base);
  const work = { session, root: project.path, repository, branch: head.branch, headSha: head.sha };
  return refuseEmpty({ ...work, ...base });
}

/** The branch that the session began at, if origin has it, else the default branch. */
async function chooseBaseBranch(
  root: string,
  session: Session,
  defaultBranch: string,
  wanted: string | undefined,
): Promise<{ baseRef: string; baseSha: string }> {
  const began = session.baseRef.replace(/^(?:refs\/remotes\/)?origin\//, "");
  const names = wanted === undefined ? [began, defaultBranch] : [wanted.replace(/^origin\//, "")];
  for (const baseRef of names) {
    const baseSha = await resolveCommit(root, `refs/remotes/origin/${baseRef}`);
    if (baseSha) return { baseRef, baseSha };
  }
  if (wanted !== undefined) {
    throw new AoError("not_found", `base origin/${wanted} not found`, "git fetch origin");
  }
  return { baseRef: defaultBranch, baseSha: session.baseSha };
}

async function refuseEmpty(work: Work): Promise<Work> {
  const { session, root, branch, baseRef, baseSha, headSha } = work;
  const isBase = branch === baseRef;
  if (!isBase && (await countSince(root, baseSha, headSha)) > 0) return work;
  const what = isBase
    ? `the worktree of ${session.id} is on ${branch}, which is the base itself`
    : `nothing to open: branch ${branch} has no commit that ${baseRef} lacks`;
  throw new AoError("conflict", what, `ao diff ${session.id} --stat`);
}

/** One that GitHub has for this branch is refused too, and stored on the way. */
async function refuseSecond(engine: Engine, work: Work): Promise<void> {
  const { session, repository, branch } = work;
  // A claimed one is worked on in a branch of another name.
  const known = prsOfSession(engine.store, session.id).find(
    (pr) => isOpen(pr) && [pr.headRef, prBranch(session.id, pr.number)].includes(branch),
  );
  if (known) throw second(branch, known.number);
  const { openPrs } = await withGitHub(engine, repository.host, (github) =>
    observe(github, [], [], [{ repository, branch }]),
  );
  const found = openPrs.find(({ isOwnHead }) => isOwnHead);
  if (!found) return;
  const { number } = found;
  const { id: sessionId, projectId } = session;
  const key = prKey(found.repository, number);
  await observePull(engine, { key, number, projectId, sessionId });
  throw second(branch, found.number);
}

function second(branch: string, number: number): AoError {
  const message = `branch ${branch} has pull request #${number} already`;
  return new AoError("conflict", message, `ao pr show ${number}`);
}
