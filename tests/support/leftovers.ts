import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

import { waitFor } from "./wait.ts";

/**
 * The living processes that were started with this home folder, which is a test's own: whatever
 * carries it in its environment (macOS: in its command line or environment) is of that test.
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
    return variables.includes(`HOME=${home}`) ? [Number(name)] : [];
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
  const lines = listing.split("\n").filter((line) => line.includes(`HOME=${home}`));
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
