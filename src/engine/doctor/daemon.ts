import { AoError } from "../../error.ts";
import type { Engine } from "../engine.ts";
import { supervisorOf } from "../supervisor/choose.ts";
import { type DaemonStatus, daemonStatus, thisProgram } from "../supervisor/status.ts";
import type { Finding } from "./doctor.ts";

/** Whether the daemon runs, is this version, and would start again. None is needed. */
export async function checkDaemon(engine: Engine): Promise<Finding> {
  const status = await daemonStatus(engine, supervisorHere(engine));
  const { isRunning, pid, isOutdated, version, commit, unit } = status;
  if (unit?.isInstalled && !unit.isProgramThere) {
    const detail = `${unit.path} starts ${unit.program}, which is not there`;
    return { check: "daemon", level: "error", detail, hint: "ao daemon install" };
  }
  if (isOutdated) {
    const other = `process ${pid} is ${version} (${commit})`;
    const detail = `${other}, this ao ${thisProgram.version} (${thisProgram.commit})`;
    const hint = unit?.isInstalled ? "ao daemon install" : `kill ${pid}`;
    return { check: "daemon", level: "warning", detail, hint };
  }
  if (isRunning) return { check: "daemon", level: "ok", detail: `runs as process ${pid}` };
  return notRunning(status);
}

function notRunning({ unit }: DaemonStatus): Finding {
  if (!unit?.isInstalled) {
    return { check: "daemon", level: "ok", detail: "none runs, and no command needs one" };
  }
  const detail = `${unit.name} is installed and does not run (${unit.state ?? "no answer"})`;
  return { check: "daemon", level: "warning", detail, hint: "ao daemon logs" };
}

function supervisorHere(engine: Engine) {
  try {
    return supervisorOf(engine);
  } catch (error) {
    if (error instanceof AoError && error.code === "unavailable") return undefined;
    throw error;
  }
}
