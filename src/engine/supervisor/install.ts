import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";

import { AoError, systemCode } from "../../error.ts";
import { writeAtomically } from "../../runtime/atomic-file.ts";
import { findDaemon, isOutdated } from "../daemon-record.ts";
import type { Engine } from "../engine.ts";
import { daemonFacts } from "./facts.ts";
import type { Supervisor } from "./port.ts";

/** What an installation came to. */
export interface Installed {
  /** `restarted`: the unit was as it should be, and the daemon of another version. */
  outcome: "installed" | "replaced" | "restarted" | "unchanged";
  advice: string | undefined;
}

/**
 * Writes the unit, has the supervisor start the daemon now and at each login; again: brings both up
 * to date. After a failure all is as before. Throws `unavailable` when the supervisor cannot be
 * reached, `conflict` when a daemon runs that it did not start, `usage` for a path that a unit
 * cannot name, `failed` when the daemon does not start.
 */
export async function installDaemon(engine: Engine, supervisor: Supervisor): Promise<Installed> {
  const facts = await daemonFacts(engine);
  const text = supervisor.unitText(facts);
  await supervisor.assertReachable();
  const before = readUnit(supervisor);
  const state = await supervisor.state();
  const running = findDaemon(engine);
  if (running && running.pid !== state?.pid) throw runsAlready(running.pid);
  const outcome = outcomeOf(before, text, running !== undefined && isOutdated(running));
  const isRestart = state?.pid !== undefined && outcome !== "unchanged";
  try {
    mkdirSync(dirname(facts.logFile), { recursive: true, mode: 0o700 });
    if (before !== text) writeUnit(supervisor, text);
    await supervisor.activate(isRestart ? "restart" : "start");
  } catch (error) {
    if (before !== text) await putBack(supervisor, before);
    throw error;
  }
  return { outcome, advice: await supervisor.advice() };
}

/**
 * Ends the daemon and removes its unit; sessions go on. False when there was none. Throws
 * `unavailable` when the supervisor cannot be reached, `failed` when it refuses.
 */
export async function uninstallDaemon(supervisor: Supervisor): Promise<boolean> {
  if (readUnit(supervisor) === undefined) return false;
  await supervisor.assertReachable();
  await supervisor.deactivate();
  rmSync(supervisor.unitPath, { force: true });
  await supervisor.forget();
  return true;
}

/** The unit as it is on the disk, or undefined when none is installed. */
export function readUnit({ unitPath }: Supervisor): string | undefined {
  try {
    return readFileSync(unitPath, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function outcomeOf(
  before: string | undefined,
  text: string,
  isStale: boolean,
): Installed["outcome"] {
  if (before === undefined) return "installed";
  if (before !== text) return "replaced";
  return isStale ? "restarted" : "unchanged";
}

function writeUnit({ unitPath }: Supervisor, text: string): void {
  mkdirSync(dirname(unitPath), { recursive: true });
  writeAtomically(unitPath, text, { isDurable: true });
}

async function putBack(supervisor: Supervisor, before: string | undefined): Promise<void> {
  try {
    if (before !== undefined) {
      writeUnit(supervisor, before);
      await supervisor.activate("restart");
      return;
    }
    await supervisor.deactivate();
  } catch (error) {
    // What failed first is what the person is told; this one usually says the same.
    if (!(error instanceof AoError)) throw error;
  }
  if (before !== undefined) return;
  rmSync(supervisor.unitPath, { force: true });
  await supervisor.forget().catch((error: unknown) => {
    if (!(error instanceof AoError)) throw error;
  });
}

function runsAlready(pid: number): AoError {
  const message = `a daemon that was started otherwise runs already, as process ${pid}`;
  return new AoError("conflict", message, `kill ${pid}`);
}
