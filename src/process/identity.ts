import { readFileSync } from "node:fs";

import { systemCode } from "../error.ts";

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** Start time as the system tells it: clock ticks since boot on Linux, `lstart` text on macOS. */
  start: string;
}

/** What a look at a process identity found; `failed` means that the look itself broke. */
export type IdentityProbe = "alive" | "dead" | "failed";

/** One line of the process table. */
export interface ProcessStat extends ProcessIdentity {
  parent: number;
  /** Process group id. */
  group: number;
  /** Terminal session id. */
  session: number;
  isZombie: boolean;
  /** Process group that has its terminal; -1 without a terminal, undefined where it is not told. */
  foreground?: number;
}

/** The identity of a running process, or undefined when there is none with that pid. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat && { pid, start: stat.start };
}

/** The identity of this very process. */
export function ownIdentity(): ProcessIdentity {
  return identify(process.pid) ?? { pid: process.pid, start: "unknown" };
}

/**
 * Whether the process that was recorded still runs. A zombie is dead; another process that got
 * the same pid is dead too. An unreadable process table is `failed`, never `dead`.
 */
export function probeIdentity(identity: ProcessIdentity): IdentityProbe {
  try {
    const stat = readStat(identity.pid);
    if (!stat || stat.isZombie || stat.start !== identity.start) return "dead";
    return "alive";
  } catch {
    return "failed";
  }
}

/**
 * Whether another program's process group has the terminal of a process: a shell that it was
 * started from, or one that it started. False where that is not known.
 */
export function isInBackground({ pid, start }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  if (!stat || stat.start !== start || stat.foreground === undefined) return false;
  return stat.foreground > 0 && stat.foreground !== stat.group;
}

/**
 * Reads one process. Linux: `/proc/<pid>/stat` (proc(5)), whose second field may hold spaces and
 * parentheses, so fields are counted from the last one. macOS: `ps -o`.
 */
export function readStat(pid: number): ProcessStat | undefined {
  if (process.platform !== "linux") return readStatWithPs(pid);
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

function parseStat(pid: number, text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ", 20);
  return {
    pid,
    isZombie: fields[0] === "Z" || fields[0] === "X",
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    foreground: Number(fields[5]),
    start: fields[19] ?? "unknown",
  };
}

function readStatWithPs(pid: number): ProcessStat | undefined {
  const result = Bun.spawnSync(["ps", "-o", "ppid=,pgid=,sess=,state=,lstart=", "-p", String(pid)]);
  return parsePsLine(pid, result.stdout.toString());
}

/** Reads `ppid pgid sess state lstart`; undefined for an empty line. */
export function parsePsLine(pid: number, line: string): ProcessStat | undefined {
  const [parent, group, session, state, ...start] = line.trim().split(/\s+/);
  if (!parent || !state) return undefined;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    // macOS prints the terminal session as an address of the kernel; its leader is what counts.
    session: Number(session) || Number(group),
    isZombie: state.startsWith("Z"),
    start: start.join(" "),
  };
}
