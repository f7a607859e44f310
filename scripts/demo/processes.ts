import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process that belongs to the demo, by what it was started with. */
export interface FoundProcess {
  pid: number;
  what: string;
}

/**
 * Every process whose command line, environment or working directory names the folder, except
 * this one. macOS shows command lines only.
 */
export function processesOf(folder: string): FoundProcess[] {
  const found = process.platform === "linux" ? fromProc(folder) : fromPs(folder);
  return found.filter(({ pid }) => pid !== process.pid);
}

function fromProc(folder: string): FoundProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const command = readProc(name, "cmdline");
    const facts = [command, readProc(name, "environ"), linkOf(name)];
    if (!facts.some((text) => text.includes(folder))) return [];
    return [{ pid: Number(name), what: command.replaceAll("\0", " ").trim() }];
  });
}

function readProc(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    // It has ended meanwhile, or it is somebody else's.
    return "";
  }
}

function linkOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // As above; a process that has ended has no folder either.
    return "";
  }
}

function fromPs(folder: string): FoundProcess[] {
  const { stdout } = Bun.spawnSync(["ps", "-axww", "-o", "pid=,command="]);
  return stdout
    .toString()
    .split("\n")
    .flatMap((line) => {
      const [, pid, what] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
      return pid && what?.includes(folder) ? [{ pid: Number(pid), what }] : [];
    });
}
