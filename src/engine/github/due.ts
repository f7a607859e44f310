import { isDue, isNearlyDue, type PaceFacts, paceMs } from "../../domain/pace.ts";
import type { RepositoryName } from "../../github/host.ts";
import { prsPerQuery } from "../../github/query.ts";
import { listPrs, type PrRow } from "../../store/observation.ts";
import { listProjects } from "../../store/project.ts";
import { findSession, listSessions } from "../../store/session.ts";
import type { Reader } from "../../store/store.ts";
import { repositoryOf } from "./github.ts";

/** What is to be looked at on one host in one pass. */
export interface HostWork {
  prs: PrRow[];
  repositories: RepositoryName[];
}

/** What a pass must know to choose: all of it is lost with the process, at the price of a look. */
export interface HostPace {
  /** When each repository's open pull requests were last listed, by `owner/repo`. */
  listedAt: ReadonlyMap<string, number>;
  /** Until when a pull request that fails is left alone, by its key. */
  failing: ReadonlyMap<string, { until: number }>;
  slowdown: number;
}

/** What is due on each host, together with what costs nothing more when it is asked for now. */
export function dueWork(
  reader: Reader,
  paceOf: (host: string) => HostPace,
  now: number,
): Map<string, HostWork> {
  const work = new Map<string, HostWork>();
  for (const [host, all] of watched(reader)) {
    const found = chooseWork(all, paceOf(host), now);
    if (found) work.set(host, found);
  }
  return work;
}

interface Watched {
  prs: { row: PrRow; facts: PaceFacts }[];
  repositories: RepositoryName[];
}

/** Every open pull request of a session, and every repository with a live one, by host. */
function watched(reader: Reader): Map<string, Watched> {
  const hosts = new Map<string, Watched>();
  const at = (host: string) => {
    const known = hosts.get(host) ?? { prs: [], repositories: [] };
    hosts.set(host, known);
    return known;
  };
  const projects = listProjects(reader);
  const active = new Set(projects.map(({ id }) => id));
  for (const row of listPrs(reader, {})) {
    const session = row.sessionId === null ? undefined : findSession(reader, row.sessionId);
    if (!session || !active.has(row.projectId)) continue;
    const facts = { ...row, isLive: !session.isTerminated };
    at(hostOfKey(row.key)).prs.push({ row, facts });
  }
  const live = new Set(listSessions(reader).map(({ projectId }) => projectId));
  const seen = new Set<string>();
  for (const project of projects.filter(({ id }) => live.has(id))) {
    const repository = repositoryOf(project);
    const name = repository && Object.values(repository).join("/");
    if (!name || seen.has(name)) continue;
    // Two projects can be clones of one repository.
    seen.add(name);
    at(repository.host).repositories.push(repository);
  }
  return hosts;
}

function chooseWork(all: Watched, pace: HostPace, now: number): HostWork | undefined {
  const { listedAt, failing, slowdown } = pace;
  const listingAge = ({ owner, repo }: RepositoryName) =>
    now - (listedAt.get(`${owner}/${repo}`) ?? 0);
  const sinceFailure = (key: string) => now - (failing.get(key)?.until ?? 0);
  const asked = all.prs.filter(({ row }) => sinceFailure(row.key) >= 0);
  // One that fails makes a query of its own only when none has come by for long.
  const due = asked.filter(
    ({ row, facts }) => isDue(facts, now, slowdown) && sinceFailure(row.key) >= paceMs.idle,
  );
  const isListingDue = all.repositories.some((one) => listingAge(one) >= paceMs.quiet * slowdown);
  if (due.length === 0 && !isListingDue) return undefined;
  // A query costs the same however full it is, so what is due soon rides along.
  const queries = Math.max(1, Math.ceil(due.length / prsPerQuery));
  const riders = asked
    .filter((one) => !due.includes(one) && isNearlyDue(one.facts, now))
    .sort((one, other) => one.facts.observedAt - other.facts.observedAt)
    .slice(0, queries * prsPerQuery - due.length);
  return {
    prs: [...due, ...riders].map(({ row }) => row),
    repositories: all.repositories.filter((one) => listingAge(one) >= paceMs.quiet / 2),
  };
}

function hostOfKey(key: string): string {
  return key.split("/")[0] ?? "";
}

/** The repository that a pull request's key names. */
export function repositoryOfKey(key: string): RepositoryName {
  const [host = "", owner = "", repo = ""] = key.split("#")[0]?.split("/") ?? [];
  return { host, owner, repo };
}
