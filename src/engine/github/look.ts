import type { PrObservation } from "../../domain/observation.ts";
import { isDiscussionDue, paceMs } from "../../domain/pace.ts";
import type { Purpose, Spending } from "../../domain/quota.ts";
import type { GitHub } from "../../github/client.ts";
import { GitHubError } from "../../github/failure.ts";
import type { Spend } from "../../github/graphql.ts";
import { prKey, type RepositoryName } from "../../github/host.ts";
import { type Batch, observe, type OpenPr } from "../../github/observe.ts";
import { discussionQueries, prsPerQuery, type PrWanted } from "../../github/query.ts";
import { setViewer, viewerOf } from "../../store/feedback.ts";
import { findKnownPr, type PrOwner } from "../../store/observation.ts";
import type { Fence } from "../../store/store.ts";
import type { Engine } from "../engine.ts";
import type { LogMemory } from "./check-log.ts";
import { type HostWork, repositoryOfKey } from "./due.ts";
import { spendingOf } from "./github.ts";
import { branchesWithoutPr, ownerOf } from "./owner.ts";
import { recordPull } from "./record-pull.ts";

/** Discussions that are read in one pass; the rest waits for the next one. */
const discussionsPerPass = 20;

/** Branches that are asked for in one query, which costs one point. */
const branchesPerQuery = 100;

/** A pull request that fails is asked for ever more rarely, and never costs the others anything. */
const longestFailureMs = 10 * 60_000;

/** What is remembered of a host between passes; losing it costs one look. */
export interface HostMemory extends LogMemory {
  listedAt: Map<string, number>;
  failing: Map<string, { count: number; until: number; isAlone: boolean }>;
  /** Pull requests to a query: fewer after GitHub could not answer one in time. */
  batchSize: number;
}

/** One pass over one host. */
export class HostLook {
  /** Keys of the pull requests that were written. */
  readonly written: string[] = [];
  readonly spending: Spending[] = [];
  #purpose: Purpose = "pull requests";
  #discussionsLeft = discussionsPerPass;

  constructor(
    private readonly engine: Engine,
    private readonly memory: HostMemory,
    private readonly pass: { now: number; fence: Fence | undefined },
  ) {}

  /** Keeps count of what a call has cost. */
  note(spend: Spend): void {
    this.spending.push(spendingOf(spend, spend.resource === "rest" ? "logs" : this.#purpose));
  }

  /** Looks at what is due, writes it, and finds the sessions of new pull requests. */
  async run(github: GitHub, { prs, repositories }: HostWork): Promise<string[]> {
    const open: OpenPr[] = [];
    const crowded: RepositoryName[] = [];
    const broken: { batch: PrWanted[]; error: GitHubError }[] = [];
    let hasAnswer = false;
    for (const [index, batch] of this.#batchesOf(prs).entries()) {
      if (batch.length === 0 && (index > 0 || repositories.length === 0)) continue;
      const seen = await this.#tryLook(github, batch, index === 0 ? repositories : []);
      if (seen instanceof GitHubError) {
        broken.push({ batch, error: seen });
        continue;
      }
      hasAnswer = true;
      open.push(...seen.openPrs);
      crowded.push(...seen.crowded);
      await this.#settle(github, seen.observations, new Map());
    }
    const [first] = broken;
    if (first && !hasAnswer) throw first.error;
    if (!first) this.memory.batchSize = Math.min(prsPerQuery, this.memory.batchSize * 2);
    this.#blame(broken.map(({ batch }) => batch));
    for (const { owner, repo } of repositories) {
      this.memory.listedAt.set(`${owner}/${repo}`, this.pass.now);
    }
    await this.#discover(github, [...open, ...(await this.#askForBranches(github, crowded))]);
    return this.written;
  }

  /** Where a listing cannot hold all, the sessions' own branches are asked for by name. */
  async #askForBranches(github: GitHub, crowded: readonly RepositoryName[]): Promise<OpenPr[]> {
    const found: OpenPr[] = [];
    const wanted = branchesWithoutPr(this.engine.store, crowded);
    for (const batch of chunks(wanted, branchesPerQuery)) {
      if (batch.length === 0) continue;
      found.push(...(await observe(github, [], [], batch)).openPrs);
    }
    return found;
  }

  /** Queries to make; one that broke a whole query off before is asked alone. */
  #batchesOf(prs: HostWork["prs"]): PrWanted[][] {
    const isAlone = ({ key }: { key: string }) => this.memory.failing.get(key)?.isAlone ?? false;
    const wanted = (all: HostWork["prs"]) => all.map(({ key, number }) => wantedOf(key, number));
    const together = wanted(prs.filter((pr) => !isAlone(pr)));
    const alone = wanted(prs.filter(isAlone));
    const { batchSize } = this.memory;
    // The listing goes with the first; while one is sought that breaks queries off, on its own.
    const listing = batchSize < prsPerQuery ? [[]] : [];
    return [...listing, ...chunks(together, batchSize), ...alone.map((one) => [one])];
  }

  /**
   * A query that GitHub breaks off as a whole may have one pull request in it that is to blame:
   * the next queries are smaller, until that one stands alone and is the only one to wait.
   */
  async #tryLook(
    github: GitHub,
    batch: readonly PrWanted[],
    repositories: HostWork["repositories"],
  ): Promise<Batch | GitHubError> {
    try {
      return await this.#look(github, batch, repositories);
    } catch (error) {
      const isAnswered = error instanceof GitHubError && error.more.status !== undefined;
      if (!isAnswered || error.kind !== "unavailable") throw error;
      // One that was asked alone says nothing of the others.
      const isAlone = batch.length === 1 && repositories.length === 0;
      if (!isAlone) this.memory.batchSize = Math.max(1, Math.floor(batch.length / 2));
      return error;
    }
  }

  /** While others are answered, one that is broken off on its own is to blame itself. */
  #blame(batches: readonly PrWanted[][]): void {
    for (const [only, ...others] of batches) {
      if (only && others.length === 0) this.#noteFailure(prKey(only.repository, only.number), true);
    }
  }

  async #look(
    github: GitHub,
    batch: readonly PrWanted[],
    repositories: HostWork["repositories"] = [],
  ): Promise<Batch> {
    this.#purpose = batch.some((one) => one.withDiscussion) ? "discussions" : "pull requests";
    const seen = await observe(github, batch, repositories);
    for (const { key } of seen.observations) this.memory.failing.delete(key);
    for (const key of seen.failures.keys()) this.#noteFailure(key);
    if (seen.viewer !== undefined) this.#noteViewer(github.host, seen.viewer);
    return seen;
  }

  /** Whose words are the agent's own. */
  #noteViewer(host: string, login: string): void {
    const { store } = this.engine;
    if (viewerOf(store, host) === login) return;
    store.write((tx) => setViewer(tx, host, login), this.pass.fence);
  }

  #noteFailure(key: string, isAlone = false): void {
    const count = (this.memory.failing.get(key)?.count ?? 0) + 1;
    const wait = Math.min(longestFailureMs, paceMs.quiet * 2 ** (count - 1));
    this.memory.failing.set(key, { count, until: this.pass.now + wait, isAlone });
  }

  /** Writes observations, those of which the discussion has changed together with it. */
  async #settle(
    github: GitHub,
    seen: readonly PrObservation[],
    owners: ReadonlyMap<string, PrOwner>,
  ): Promise<void> {
    const { now } = this.pass;
    const needy = seen
      .filter((one) => !one.discussion)
      .filter((one) => isDiscussionDue(findKnownPr(this.engine.store, one), one, now))
      .slice(0, this.#discussionsLeft);
    this.#discussionsLeft -= needy.length;
    const whole = new Map<string, PrObservation>();
    const said = needy.map(({ key, number, threadMarks }) => {
      return { ...wantedOf(key, number), withDiscussion: true, threads: threadMarks.length };
    });
    for (const batch of discussionQueries(said)) {
      const found = await this.#tryLook(github, batch, []);
      if (found instanceof GitHubError) continue;
      for (const one of found.observations) whole.set(one.key, one);
    }
    await Promise.all(
      seen.map(async (one) => {
        const isPut = await this.#write(github, whole.get(one.key) ?? one, owners.get(one.key));
        if (isPut) this.written.push(one.key);
      }),
    );
  }

  /** Writes what was seen of a pull request that a session owns, or shall own. */
  async #write(github: GitHub, seen: PrObservation, owner?: PrOwner): Promise<boolean> {
    const recording = { ...this.pass, memory: this.memory, owner };
    return (await recordPull(this.engine, github, seen, recording)) !== undefined;
  }

  /** Gives open pull requests to the sessions whose branch and commit they have. */
  async #discover(github: GitHub, open: readonly OpenPr[]): Promise<void> {
    const { store } = this.engine;
    const owners = new Map<string, PrOwner>();
    const wanted: PrWanted[] = [];
    for (const one of open) {
      const key = prKey(one.repository, one.number);
      const known = findKnownPr(store, { key, url: one.url });
      const isFollowed = known?.state === "open" || known?.state === "draft";
      if (isFollowed && known.sessionId !== null) continue;
      const owner = known?.sessionId ? known : sessionOwner(await ownerOf(this.engine, one));
      if (!owner) continue;
      owners.set(known?.key ?? key, owner);
      wanted.push(wantedOf(known?.key ?? key, one.number));
    }
    for (const batch of chunks(wanted, prsPerQuery)) {
      if (batch.length === 0) continue;
      const { observations } = await this.#look(github, batch);
      await this.#settle(github, observations, owners);
    }
  }
}

function sessionOwner(session: { id: string; projectId: string } | undefined): PrOwner | undefined {
  return session && { projectId: session.projectId, sessionId: session.id };
}

function wantedOf(key: string, number: number): PrWanted {
  return { repository: repositoryOfKey(key), number, withDiscussion: false };
}

/** At least one chunk, which may be empty. */
function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.max(1, Math.ceil(items.length / size));
  return Array.from({ length: count }, (_unused, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
