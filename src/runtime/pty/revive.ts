import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";

import { systemCode } from "../../error.ts";
import type { ProcessIdentity } from "../../process/identity.ts";
import { signalProcess } from "../../process/tree.ts";

/** Tells a holder to make its socket again. */
export const listenAgainSignal = "SIGUSR2";

/**
 * Asks a living holder for a new socket when somebody has deleted the one it had: whoever cleans
 * `/tmp` must not cut an agent off. Returns whether it was asked.
 */
export function reviveSocket(holder: ProcessIdentity, socketPath: string): boolean {
  if (existsSync(socketPath) || !handlesSignal(holder.pid)) return false;
  signalProcess(holder, listenAgainSignal);
  return true;
}

/** A process that does not handle the signal would be ended by it. */
function handlesSignal(pid: number): boolean {
  if (process.platform !== "linux") return true;
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(statusOf(pid));
  const bit = 1n << BigInt(constants.signals[listenAgainSignal] - 1);
  return (BigInt(`0x${caught?.[1] ?? "0"}`) & bit) !== 0n;
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "latin1");
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ESRCH") return "";
    throw error;
  }
}
