import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import * as v from "valibot";

import { systemCode } from "../error.ts";
import type { ProcessIdentity } from "../process/identity.ts";
import { writeAtomically } from "../runtime/atomic-file.ts";
import { findLease, isHeld } from "../store/lease.ts";
import { commit, version } from "../version.ts";
import type { Engine } from "./engine.ts";

/** The lease of the one daemon of a data directory. */
export const daemonLease = "daemon";

const addressSchema = v.object({
  /** `http://127.0.0.1:<port>` */
  url: v.string(),
  port: v.number(),
  socketPath: v.string(),
});

/** Where a daemon answers HTTP. */
export type DaemonAddress = v.InferOutput<typeof addressSchema>;

const recordSchema = v.object({
  ...addressSchema.entries,
  pid: v.number(),
  start: v.string(),
  version: v.string(),
  commit: v.string(),
  startedAt: v.number(),
});

/** What a daemon tells of itself beside its lease. Times are Unix milliseconds. */
export type DaemonRecord = v.InferOutput<typeof recordSchema>;

/** The daemon that runs. */
export interface RunningDaemon {
  pid: number;
  /** Undefined while it starts, and of one that is too old to write any. */
  record: DaemonRecord | undefined;
}

/** Writes down which program this daemon is and where it answers; the caller holds the lease. */
export function writeDaemonRecord(
  { dataDir, owner }: Engine,
  startedAt: number,
  address: DaemonAddress,
): void {
  const record: DaemonRecord = { ...owner, version, commit, startedAt, ...address };
  writeAtomically(recordPath(dataDir), `${JSON.stringify(record)}\n`);
}

/** Takes it away; the caller still holds the lease. */
export function removeDaemonRecord({ dataDir }: Engine): void {
  rmSync(recordPath(dataDir), { force: true });
}

/** The daemon of this data directory, or undefined when none runs. */
export function findDaemon({ store, dataDir }: Engine): RunningDaemon | undefined {
  const lease = findLease(store, daemonLease);
  if (!lease || !isHeld(lease, Date.now())) return undefined;
  const owner = { pid: lease.ownerPid, start: lease.ownerStart };
  return { pid: owner.pid, record: readRecord(recordPath(dataDir), owner) };
}

/** Whether the daemon that runs is of another version than this program. */
export function isOutdated({ record }: RunningDaemon): boolean {
  return record !== undefined && (record.version !== version || record.commit !== commit);
}

/** A record that another process has left is nobody's. */
function readRecord(path: string, owner: ProcessIdentity): DaemonRecord | undefined {
  const found = v.safeParse(recordSchema, parsed(path));
  if (!found.success) return undefined;
  const { pid, start } = found.output;
  return pid === owner.pid && start === owner.start ? found.output : undefined;
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function recordPath(dataDir: string): string {
  return join(dataDir, "daemon.json");
}
