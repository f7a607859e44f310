import { messageOf } from "../../error.ts";
import { probeIdentity } from "../../process/identity.ts";
import { readExitRecord } from "../exit-record.ts";
import type { ExitRecord, ProbeTarget, RuntimeProbe } from "../port.ts";
import { reviveSocket } from "./revive.ts";

/**
 * Looks at one launch by the process table alone: no connection, no child process. The record of an
 * end is read only when the agent is not alive. A living holder whose agent is dead without a
 * record is about to write it, within milliseconds; one whose socket is gone is told to make it
 * again.
 */
export function probePty({ handle, sessionDir, launchId }: ProbeTarget): RuntimeProbe {
  if (handle.kind !== "pty") throw new Error(`pty runtime was given a handle of ${handle.kind}`);
  const runtime = probeIdentity(handle.holder);
  const agent = probeIdentity(handle.agent);
  const seen = `holder ${handle.holder.pid} ${runtime}, agent ${handle.agent.pid} ${agent}`;
  if (agent === "alive") {
    const isRevived = runtime === "alive" && reviveSocket(handle.holder, handle.socketPath);
    return { runtime, agent, detail: isRevived ? `${seen}; socket was missing` : seen };
  }
  const exit = readRecord(sessionDir, launchId);
  if (typeof exit === "string") return { runtime, agent: "failed", detail: `${seen}; ${exit}` };
  if (!exit) return { runtime, agent, detail: `${seen}, no record of its end` };
  return { runtime, agent: "dead", exit, detail: `${seen}; ${describeExit(exit)}` };
}

/** How an agent ended, in words. */
export function describeExit({ exitCode, signal }: ExitRecord): string {
  return signal === null ? `ended with exit code ${exitCode}` : `ended by ${signal}`;
}

function readRecord(sessionDir: string, launchId: string): ExitRecord | string | undefined {
  try {
    return readExitRecord(sessionDir, launchId);
  } catch (error) {
    return `record of its end cannot be read: ${messageOf(error)}`;
  }
}
