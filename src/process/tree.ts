import { readdirSync, readFileSync, statSync } from "node:fs";

import { systemCode } from "../error.ts";
import {
  parsePsLine,
  probeIdentity,
  type ProcessIdentity,
  type ProcessStat,
  readStat,
} from "./identity.ts";

/** Which processes belong to an agent; every way that is given adds to the others. */
export interface ProcessSearch {
  /** Leader of a terminal session: every process of that session. It may be dead already. */
  terminalSession?: ProcessIdentity;
  /** This process and all its descendants. */
  root?: ProcessIdentity;
  /** Every process of this user that was started with this `AO_LAUNCH_ID` (Linux only). */
  launchId?: string;
  /** Process ids that are never part of the answer. */
  except?: number[];
}

const pollMs = 10;
const killRounds = 20;
const killWaitMs = 100;

/**
 * Lists the living processes of an agent with all their descendants; never this very process.
 * A process group would not do: job control and `setsid` take children out of it.
 */
export function findProcesses(search: ProcessSearch): ProcessIdentity[] {
  const table = listProcesses();
  const found = new Set<number>();
  for (const stat of table.values()) {
    if (isRoot(stat, search) || isInSession(stat, search, table)) found.add(stat.pid);
  }
  if (search.launchId !== undefined) {
    for (const pid of launchedWith(search.launchId, table)) found.add(pid);
  }
  addDescendants(found, table);
  for (const pid of [process.pid, ...(search.except ?? [])]) found.delete(pid);
  return [...found].flatMap((pid) => {
    const stat = table.get(pid);
    return stat && !stat.isZombie ? [{ pid, start: stat.start }] : [];
  });
}

/**
 * Ends all processes that `find` lists: TERM (and CONT, since a stopped process cannot act on it),
 * the grace in milliseconds, then KILL, looking again for new children each time.
 * Returns those that are still alive after that.
 */
export async function stopProcesses(
  find: () => ProcessIdentity[],
  options: { graceMs: number },
): Promise<ProcessIdentity[]> {
  const deadline = performance.now() + options.graceMs;
  const known = new Map<number, ProcessIdentity>();
  while (performance.now() < deadline) {
    const fresh = find().filter(({ pid, start }) => known.get(pid)?.start !== start);
    for (const identity of fresh) {
      known.set(identity.pid, identity);
      signalProcess(identity, "SIGTERM");
      signalProcess(identity, "SIGCONT");
    }
    if (fresh.length === 0 && living(known).length === 0) return [];
    await waitForEnd([...known.values()], deadline);
  }
  return await killAll(find, known);
}

/** Sends a signal to a process, unless it has ended or another one got its pid. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (identity.pid === process.pid || probeIdentity(identity) === "dead") return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    // EPERM: a process that changed its user; it is named among the survivors.
    const code = systemCode(error);
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

/** Waits until all have ended or `deadline` (on the clock of `performance.now()`) has passed. */
export async function waitForEnd(
  identities: ProcessIdentity[],
  deadline: number,
): Promise<boolean> {
  while (identities.some((identity) => probeIdentity(identity) !== "dead")) {
    if (performance.now() >= deadline) return false;
    await Bun.sleep(pollMs);
  }
  return true;
}

async function killAll(
  find: () => ProcessIdentity[],
  known: Map<number, ProcessIdentity>,
): Promise<ProcessIdentity[]> {
  for (let round = 0; round < killRounds; round++) {
    for (const identity of find()) known.set(identity.pid, identity);
    const alive = living(known);
    if (alive.length === 0) return [];
    for (const identity of alive) signalProcess(identity, "SIGKILL");
    await waitForEnd(alive, performance.now() + killWaitMs);
  }
  return living(known);
}

function living(known: Map<number, ProcessIdentity>): ProcessIdentity[] {
  return [...known.values()].filter((identity) => probeIdentity(identity) !== "dead");
}

function isRoot(stat: ProcessStat, { root }: ProcessSearch): boolean {
  return root !== undefined && stat.pid === root.pid && stat.start === root.start;
}

function isInSession(
  stat: ProcessStat,
  { terminalSession }: ProcessSearch,
  table: Map<number, ProcessStat>,
): boolean {
  if (!terminalSession || stat.session !== terminalSession.pid) return false;
  // The kernel gives out no pid that still names a session, so a foreign leader is a new session.
  const leader = table.get(terminalSession.pid);
  return !leader || leader.start === terminalSession.start;
}

function addDescendants(found: Set<number>, table: Map<number, ProcessStat>): void {
  const children = Map.groupBy(table.values(), (stat) => stat.parent);
  const queue = [...found];
  for (let parent = queue.pop(); parent !== undefined; parent = queue.pop()) {
    for (const { pid } of children.get(parent) ?? []) {
      if (found.has(pid)) continue;
      found.add(pid);
      queue.push(pid);
    }
  }
}

function listProcesses(): Map<number, ProcessStat> {
  const stats = process.platform === "linux" ? listFromProc() : listFromPs();
  return new Map(stats.map((stat) => [stat.pid, stat]));
}

function listFromProc(): ProcessStat[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readStat(pid) : undefined;
    return stat ? [stat] : [];
  });
}

function listFromPs(): ProcessStat[] {
  const columns = "pid=,ppid=,pgid=,sess=,state=,lstart=";
  const text = Bun.spawnSync(["ps", "-axo", columns]).stdout.toString();
  return text.split("\n").flatMap((line) => {
    const [, pid, rest] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    const stat = pid && rest ? parsePsLine(Number(pid), rest) : undefined;
    return stat ? [stat] : [];
  });
}

function launchedWith(launchId: string, table: Map<number, ProcessStat>): number[] {
  if (process.platform !== "linux") return [];
  return [...table.keys()].filter((pid) => hasVariable(pid, `AO_LAUNCH_ID=${launchId}`));
}

/** Whether the environment that a process of this user was started with holds `assignment`. */
function hasVariable(pid: number, assignment: string): boolean {
  try {
    if (statSync(`/proc/${pid}`).uid !== process.getuid?.()) return false;
    const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
    return `\0${environment}`.includes(`\0${Buffer.from(assignment).toString("latin1")}\0`);
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM")
      return false;
    throw error;
  }
}
