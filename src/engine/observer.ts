import { bestSession } from "../domain/attribution.ts";
import type { PrObservation } from "../domain/observation.ts";
import { isDiscussionDue, isDue, type PaceFacts, paceMs, restUntil } from "../domain/pace.ts";
import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { resolveCommit } from "../git/base.ts";
import type { GitHub } from "../github/client.ts";
import { GitHubError } from "../github/failure.ts";
import { prKey, type RepositoryName } from "../github/host.ts";
import { jobFailure } from "../github/log.ts";
import { type Batch, observe, type OpenPr } from "../github/observe.ts";
import { prsPerQuery, type PrWanted } from "../github/query.ts";
import { findPr, listChecks, listPrs, type PrRow, writeObservation } from "../store/observation.ts";
import { getProject, listProjects, type Project } from "../store/project.ts";
import { findSession, listSessions } from "../store/session.ts";
import type { Fence } from "../store/store.ts";
import { findConflicts } from "./conflicts.ts";
import type { Engine } from "./engine.ts";
import { forgetConnections, githubOf, repositoryOf } from "./github.ts";

/** Extra looks at discussions that ride along with a batch without making it dearer. */
const discussionsPerBatch = 2;

/** Longest wait between two tries of a host that does not answer. */
const longestWaitMs = 5 * 60_000;

/** What the observer remembers of a host between passes; losing it costs one look. */
interface HostState {
  restUntil: number;
  failures: number;
  /** When each repository's open pull requests were last listed. */
  listedAt: Map<string, number>;
}

/** Points spent, for `ao quota`. */
export interface Spent {
  host: string;
  cost: number;
  remaining: number;
  limit: number;
  resetAt: number;
  at: number;
}

/** Looks at GitHub at the pace that the pull requests need. One per process that leads. */
export class Observer {
  readonly #hosts = new Map<string, HostState>();
  readonly spent: Spent[] = [];

  constructor(private readonly engine: Engine) {}

  /**
   * One pass: whatever is due by now. Returns the keys of pull requests that were written.
   * A host that fails rests for a while and holds nobody else up.
   */
  async runOnce(now: number, fence?: Fence): Promise<string[]> {
    const written: string[] = [];
    for (const [host, work] of this.#dueWork(now)) {
      const state = this.#stateOf(host);
      if (now < state.restUntil) continue;
      try {
        const github = await githubOf(this.engine, host);
        for (const batch of batchesOf(work)) {
          written.push(...(await this.#runBatch(github, batch, now, fence)));
        }
        state.failures = 0;
      } catch (error) {
        this.#rest(state, error, now);
      }
    }
    return written;
  }

  async #runBatch(
    github: GitHub,
    batch: HostWork,
    now: number,
    fence: Fence | undefined,
  ): Promise<string[]> {
    const seen = await observe(github, batch.prs, batch.repositories);
    const state = this.#stateOf(github.host);
    this.#account(github.host, seen, state, now);
    for (const { owner, repo } of batch.repositories) state.listedAt.set(`${owner}/${repo}`, now);
    const written: string[] = [];
    for (const one of seen.observations) {
      if (await this.#write(github, one, fence)) written.push(one.key);
    }
    for (const open of [...seen.openPrs.values()].flat()) {
      await this.#discover(open, now, fence);
    }
    return written;
  }

  /** Writes what was seen of a pull request that a session owns. */
  async #write(github: GitHub, seen: PrObservation, fence?: Fence): Promise<boolean> {
    const known = findPr(this.engine.store, seen.key);
    if (!known) return false;
    const checks = await this.#withLogs(github, seen);
    const conflicts = await findConflicts(this.engine, known, seen);
    const { projectId, sessionId } = known;
    const facts = { ...seen, checks };
    this.engine.store.write((tx) => {
      // Claimed by another session while GitHub was asked.
      const owner = findPr(tx, seen.key) ?? { projectId, sessionId };
      writeObservation(tx, facts, owner, conflicts);
    }, fence);
    return true;
  }

  async #withLogs(github: GitHub, seen: PrObservation): Promise<PrObservation["checks"]> {
    const stored = listChecks(this.engine.store, seen.key, seen.headSha);
    const hasLog = new Set(stored.filter(({ logTail }) => logTail).map(({ name }) => name));
    const [owner = "", repo = ""] = seen.key.split("#")[0]?.split("/").slice(1) ?? [];
    return await Promise.all(
      seen.checks.map(async (check) => {
        const isWanted = check.status === "failed" && !hasLog.has(check.name);
        if (!isWanted || check.jobId === undefined) return check;
        return { ...check, ...(await jobFailure(github, { owner, repo, jobId: check.jobId })) };
      }),
    );
  }

  /** Gives an open pull request to the session whose branch and commit it has. */
  async #discover(open: OpenPr, now: number, fence?: Fence): Promise<void> {
    const key = prKey(open.repository, open.number);
    if (findPr(this.engine.store, key)) return;
    const owner = await ownerOf(this.engine, open);
    if (!owner) return;
    const github = await githubOf(this.engine, open.repository.host);
    const wanted = { repository: open.repository, number: open.number, withDiscussion: true };
    const seen = await observe(github, [wanted], []);
    this.#account(github.host, seen, this.#stateOf(github.host), now);
    const [one] = seen.observations;
    if (!one) return;
    const facts = { ...one, checks: await this.#withLogs(github, one) };
    const { projectId, id: sessionId } = owner;
    this.engine.store.write((tx) => {
      if (!findPr(tx, key)) writeObservation(tx, facts, { projectId, sessionId });
    }, fence);
  }

  #dueWork(now: number): Map<string, HostWork> {
    const { store } = this.engine;
    const work = new Map<string, HostWork>();
    const at = (host: string) => {
      const known = work.get(host) ?? { prs: [], repositories: [] };
      work.set(host, known);
      return known;
    };
    for (const pr of listPrs(store, {})) {
      const repository = repositoryOfKey(pr.key);
      if (!repository || pr.sessionId === null) continue;
      const facts = paceFacts(pr, findSession(store, pr.sessionId));
      if (!isDue(facts, now)) continue;
      const withDiscussion = isDiscussionDue(facts, now);
      at(repository.host).prs.push({ repository, number: pr.number, withDiscussion });
    }
    const live = new Set(listSessions(store).map(({ projectId }) => projectId));
    for (const project of listProjects(store).filter(({ id }) => live.has(id))) {
      const repository = repositoryOf(project);
      if (!repository || !this.#isListingDue(repository, now)) continue;
      at(repository.host).repositories.push(repository);
    }
    return work;
  }

  #isListingDue({ host, owner, repo }: RepositoryName, now: number): boolean {
    const at = this.#stateOf(host).listedAt.get(`${owner}/${repo}`) ?? 0;
    return now - at >= paceMs.quiet;
  }

  #account(host: string, { spend }: Batch, state: HostState, now: number): void {
    if (!spend) return;
    this.spent.push({ host, at: now, ...spend });
    if (this.spent.length > 1_000) this.spent.shift();
    state.restUntil = restUntil(spend) ?? state.restUntil;
  }

  #rest(state: HostState, error: unknown, now: number): void {
    if (!(error instanceof AoError)) throw error;
    state.failures += 1;
    const wait = Math.min(longestWaitMs, paceMs.hot * 2 ** (state.failures - 1));
    const retryAt = error instanceof GitHubError ? error.more.retryAt : undefined;
    state.restUntil = retryAt ?? now + wait;
    if (error instanceof GitHubError && error.kind === "unauthorized") {
      forgetConnections(this.engine);
    }
  }

  #stateOf(host: string): HostState {
    const known = this.#hosts.get(host) ?? { restUntil: 0, failures: 0, listedAt: new Map() };
    this.#hosts.set(host, known);
    return known;
  }
}

interface HostWork {
  prs: PrWanted[];
  repositories: RepositoryName[];
}

/** Batches of one query each; dear discussions are spread over them, the rest waits its turn. */
function batchesOf({ prs, repositories }: HostWork): HostWork[] {
  const count = Math.max(1, Math.ceil(prs.length / prsPerQuery));
  return Array.from({ length: count }, (_unused, index) => {
    const mine = prs.slice(index * prsPerQuery, (index + 1) * prsPerQuery);
    let left = discussionsPerBatch;
    return {
      prs: mine.map((pr) => ({ ...pr, withDiscussion: pr.withDiscussion && left-- > 0 })),
      repositories: index === 0 ? repositories : [],
    };
  });
}

async function ownerOf(engine: Engine, open: OpenPr): Promise<Session | undefined> {
  const { owner, repo, host } = open.repository;
  const projects = listProjects(engine.store).filter((project) => isOf(project, open.repository));
  // A stranger's fork can have a branch of any name.
  if (open.headRepo !== `${owner}/${repo}` || host === "") return undefined;
  const ids = new Set(projects.map(({ id }) => id));
  const sessions = listSessions(engine.store).filter(({ projectId }) => ids.has(projectId));
  const found = bestSession(open.headRef, sessions);
  if (!found) return undefined;
  const { path } = getProject(engine.store, found.projectId);
  return (await resolveCommit(path, open.headSha)) ? found : undefined;
}

function isOf(project: Project, name: RepositoryName): boolean {
  const own = repositoryOf(project);
  return own?.host === name.host && own.owner === name.owner && own.repo === name.repo;
}

function paceFacts(pr: PrRow, session: Session | undefined): PaceFacts {
  return { ...pr, isLive: session !== undefined && !session.isTerminated };
}

/** The repository that a pull request's key names. */
export function repositoryOfKey(key: string): RepositoryName | undefined {
  const [host, owner, repo] = key.split("#")[0]?.split("/") ?? [];
  return host && owner && repo ? { host, owner, repo } : undefined;
}
