import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

import { waitFor } from "./wait.ts";

/**
 * The living processes of a test: those that have its home in their environment, or a path in its
 * folder on their command line. `home` lies in that folder.
 */
export function processesOf(home: string): number[] {
  return process.platform === "linux" ? fromProc(home) : fromPs(home);
}

/**
 * Waits until no process of a home is left. Returns what had to be ended by force, with its
 * command line, which is empty for a test that cleans up.
 */
export async function waitUntilGone(home: string, withinMs = 5_000): Promise<string[]> {
  try {
    await waitFor(() => processesOf(home).length === 0, { withinMs });
    return [];
  } catch {
    // Told by the caller, once they are ended.
    return processesOf(home).map((pid) => {
      const line = `${pid} ${commandOf(pid)}`;
      end(pid);
      return line;
    });
  }
}

function fromProc(home: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const variables = readProc(name, "environ").split("\0");
    const isOurs =
      variables.includes(`HOME=${home}`) || readProc(name, "cmdline").includes(dirname(home));
    return isOurs && name !== String(process.pid) ? [Number(name)] : [];
  });
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It has ended, or is somebody else's.
    return "";
  }
}

function fromPs(home: string): number[] {
  const listing = execFileSync("ps", ["-axEww", "-o", "pid=,command="], { encoding: "utf8" });
  const lines = listing.split("\n").filter((line) => line.includes(dirname(home)));
  return lines.map((line) => Number.parseInt(line, 10));
}

function commandOf(pid: number): string {
  return readProc(String(pid), "cmdline").replaceAll("\0", " ").trim();
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
    return;
  }
}
