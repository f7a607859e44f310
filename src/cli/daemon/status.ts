import { isoTime } from "../../domain/time.ts";
import { supervisorOf } from "../../engine/supervisor/choose.ts";
import { type DaemonStatus, daemonStatus, thisProgram } from "../../engine/supervisor/status.ts";
import { command } from "../command.ts";
import type { Output } from "../output.ts";
import { relativeTime } from "../time.ts";

export const status = command({
  meta: { name: "status", description: "Show whether the daemon runs, and what keeps it running" },
  details: "The exit code is 0 when it runs, and 3 when it does not.",
  example: "ao daemon status",
  async run({ output, openEngine }) {
    const engine = await openEngine();
    const found = await daemonStatus(engine, supervisorOf(engine));
    if (output.isJson) output.json(toJson(found));
    else show(output, found);
    return found.isRunning ? 0 : 3;
  },
});

function show(output: Output, found: DaemonStatus): void {
  output.line(`daemon  ${daemonText(found)}`);
  if (found.url !== null) output.line(`web     ${found.url}`);
  output.line(`loops   ${loopsText(found)}`);
  output.line(`unit    ${unitText(found)}`);
  output.line(`data    ${found.dataDir}`);
  if (found.isOutdated) {
    const { version, commit } = thisProgram;
    const fix = found.unit?.state ? "ao daemon install" : `kill ${found.pid}, then start it again`;
    output.warn(`this ao is ${version} (${commit}), and the daemon is not: ${fix}`);
  }
  if (found.unit?.isInstalled && !found.unit.isProgramThere) {
    output.warn(`the unit starts ${found.unit.program}, which is not there: ao daemon install`);
  }
}

function daemonText({ isRunning, pid, startedAt, version, commit }: DaemonStatus): string {
  if (!isRunning) return "does not run";
  const parts = [`runs as process ${pid}`];
  if (startedAt !== null) parts.push(`up ${relativeTime(startedAt, Date.now())}`);
  if (version !== null) parts.push(`version ${version} (${commit})`);
  return parts.join(", ");
}

function loopsText({ loopsPid, pid }: DaemonStatus): string {
  if (loopsPid === null) return "run by nobody; each command does a short pass itself";
  return loopsPid === pid ? "run by the daemon" : `run by process ${loopsPid}`;
}

function unitText({ unit }: DaemonStatus): string {
  if (!unit?.isInstalled) return "not installed";
  return `${unit.path} (${unit.supervisor}, ${unit.state ?? "which does not answer"})`;
}

function toJson({ startedAt, ...found }: DaemonStatus) {
  return {
    ...found,
    startedAt: isoTime(startedAt),
    thisVersion: thisProgram.version,
    thisCommit: thisProgram.commit,
  };
}
