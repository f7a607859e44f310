import { existsSync } from "node:fs";

import { AoError } from "../../error.ts";
import { findLease, isHeld } from "../../store/lease.ts";
import { commit, version } from "../../version.ts";
import { findDaemon, isOutdated } from "../daemon-record.ts";
import type { Engine } from "../engine.ts";
import { loopsLease } from "../loops-lease.ts";
import { readUnit } from "./install.ts";
import type { Supervisor } from "./port.ts";

/** What is known of the daemon of a data directory. Times are Unix milliseconds. */
export interface DaemonStatus {
  dataDir: string;
  isRunning: boolean;
  pid: number | null;
  startedAt: number | null;
  /** Of the daemon that runs. */
  version: string | null;
  commit: string | null;
  /** Where it answers HTTP. */
  url: string | null;
  /** Whether this very program is another one. */
  isOutdated: boolean;
  /** The process that runs the loops: the daemon, or a command that follows something. */
  loopsPid: number | null;
  unit: UnitStatus | null;
}

export interface UnitStatus {
  supervisor: Supervisor["name"];
  name: string;
  path: string;
  isInstalled: boolean;
  /** In the supervisor's own word; null when it was not asked, or does not answer. */
  state: string | null;
  /** What the unit starts. */
  program: string | null;
  isProgramThere: boolean;
}

/** This program, as a status names it. */
export const thisProgram = { version, commit };

/** Looks; asks the supervisor only about a daemon that is installed. */
export async function daemonStatus(
  engine: Engine,
  supervisor: Supervisor | undefined,
): Promise<DaemonStatus> {
  const running = findDaemon(engine);
  const loops = findLease(engine.store, loopsLease);
  return {
    dataDir: engine.dataDir,
    isRunning: running !== undefined,
    pid: running?.pid ?? null,
    startedAt: running?.record?.startedAt ?? null,
    version: running?.record?.version ?? null,
    commit: running?.record?.commit ?? null,
    url: running?.record?.url ?? null,
    isOutdated: running !== undefined && isOutdated(running),
    loopsPid: loops && isHeld(loops, Date.now()) ? loops.ownerPid : null,
    unit: supervisor ? await unitStatus(supervisor) : null,
  };
}

/** What is on the disk, and what the supervisor says of it. Throws only the unexpected. */
async function unitStatus(supervisor: Supervisor): Promise<UnitStatus> {
  const text = readUnit(supervisor);
  const program = text === undefined ? undefined : supervisor.programIn(text);
  const state = text === undefined ? undefined : await stateOf(supervisor);
  return {
    supervisor: supervisor.name,
    name: supervisor.unitName,
    path: supervisor.unitPath,
    isInstalled: text !== undefined,
    state: state ?? null,
    program: program ?? null,
    isProgramThere: program !== undefined && existsSync(program),
  };
}

async function stateOf(supervisor: Supervisor): Promise<string | undefined> {
  try {
    return (await supervisor.state())?.state;
  } catch (error) {
    if (error instanceof AoError && error.code === "unavailable") return undefined;
    throw error;
  }
}
