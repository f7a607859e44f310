import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { findSession } from "../../src/store/session.ts";
import { openStore } from "../../src/store/store.ts";
import { type Ground, type Group, progress } from "./ground.ts";
import { type Line, line, type Skipped } from "./line.ts";
import { childFaults, livingChildren, memoryOf, processorMs, wakeUps } from "./processes.ts";
import { addSessions } from "./rows.ts";
import { makeRepository } from "./spawning.ts";

const warmUpMs = 5_000;
const watchMs = 20_000;
const megabyte = 1_000_000;
const watched = ["git", "tmux", "gh", "ps", "sh"];

/** What costs something while nothing happens: the daemon, and each holder. */
export const quiet: Group = {
  name: "quiet",
  run: async (ground) => {
    if (process.platform !== "linux") return [{ name: "quiet", reason: "it reads /proc" }];
    const [daemon, holder] = [await startDaemon(ground), await startHolder(ground)];
    try {
      progress(`quiet: watching for ${watchMs / 1_000} s`);
      await Bun.sleep(warmUpMs);
      const before = [daemon.pid, holder.pid].map(reading);
      await Bun.sleep(watchMs);
      const after = [daemon.pid, holder.pid].map(reading);
      return [
        ...daemonLines(ground, daemon, difference(before[0], after[0])),
        ...holderLines(holder, difference(before[1], after[1])),
      ];
    } finally {
      holder.end();
      daemon.child.kill("SIGTERM");
      await daemon.child.exited;
    }
  },
};

interface Reading {
  at: number;
  processorMs: number;
  wakeUps: number;
  childFaults: number;
}

function reading(pid: number): Reading {
  return {
    at: performance.now(),
    processorMs: processorMs(pid),
    wakeUps: wakeUps(pid),
    childFaults: childFaults(pid),
  };
}

function difference(before: Reading | undefined, after: Reading | undefined): Reading {
  if (!before || !after) throw new Error("a process was not read");
  return {
    at: after.at - before.at,
    processorMs: after.processorMs - before.processorMs,
    wakeUps: after.wakeUps - before.wakeUps,
    childFaults: after.childFaults - before.childFaults,
  };
}

interface Daemon {
  child: Bun.Subprocess;
  pid: number;
  /** Every program that it starts by name adds a line here. */
  startsFile: string;
  startsBefore: number;
}

async function startDaemon(ground: Ground): Promise<Daemon> {
  const dataDir = ground.dataDir("daemon");
  const store = openStore(dataDir);
  addSessions(ground, store, 100);
  store.close();
  const startsFile = join(ground.folder, "starts.txt");
  writeFileSync(startsFile, "");
  const path = `${makeCountingPath(ground, startsFile)}:${process.env["PATH"] ?? ""}`;
  const child = ground.start([ground.ao, "daemon"], dataDir, { PATH: path });
  await Bun.sleep(warmUpMs);
  if (child.exitCode !== null) throw new Error(`\`ao daemon\` ended with ${child.exitCode}`);
  return { child, pid: child.pid, startsFile, startsBefore: starts(startsFile) };
}

/** A folder of programs that note their start, then become the real one. */
function makeCountingPath(ground: Ground, startsFile: string): string {
  const folder = join(ground.folder, "counting");
  mkdirSync(folder);
  for (const name of watched) {
    const real = Bun.which(name);
    if (!real) continue;
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\necho ${name} >> '${startsFile}'\nexec '${real}' "$@"\n`);
    chmodSync(file, 0o755);
  }
  return folder;
}

function starts(file: string): number {
  return readFileSync(file, "utf8").split("\n").length - 1;
}

function daemonLines(ground: Ground, daemon: Daemon, spent: Reading): Line[] {
  const { anonymous, resident } = memoryOf(daemon.pid);
  const counted = starts(daemon.startsFile) - daemon.startsBefore;
  const unseen = spent.childFaults > 0 && counted === 0 ? 1 : 0;
  const perMinute = ((counted + unseen + livingChildren(daemon.pid).length) / spent.at) * 60_000;
  const empty = emptyMemory(ground);
  return [
    line({
      name: "daemon-processor",
      what: "daemon, 100 idle sessions: processor",
      unit: "% of a core",
      measured: (spent.processorMs / spent.at) * 100,
      limit: { of: "measured", most: 1 },
    }),
    line({
      name: "daemon-memory",
      what: "daemon, 100 idle sessions: resident memory",
      unit: "MB",
      measured: resident / megabyte,
      baseline: { what: "empty binary", value: empty.resident / megabyte },
      limit: { of: "measured", most: 90 },
      note:
        `everything that is resident; ${mb(anonymous)} MB of it are its own, the rest are pages ` +
        "of the program's file, which all processes of `ao` share",
    }),
    line({
      name: "daemon-starts",
      what: "daemon, 100 idle sessions: processes started",
      unit: "/min",
      measured: perMinute,
      limit: { of: "measured", most: 12 },
      note: "counted on its PATH; none is missed that ended, since it would add page faults",
    }),
  ];
}

interface HolderProcess {
  pid: number;
  end(): void;
}

async function startHolder(ground: Ground): Promise<HolderProcess> {
  const dataDir = ground.dataDir("holder");
  const root = makeRepository(ground, "holder-repository");
  ground.run(dataDir, ["project", "add", root, "--id", "shop"]);
  const words = ["spawn", "--quiet", "--project", "shop", "--command", "sleep 1000"];
  const id = ground.run(dataDir, words, root).trim();
  const store = openStore(dataDir);
  const handle: unknown = JSON.parse(findSession(store, id)?.runtimeHandle ?? "null");
  store.close();
  return {
    pid: holderPid(handle),
    end: () => void ground.run(dataDir, ["session", "kill", id]),
  };
}

function holderPid(handle: unknown): number {
  const { holder } = Object(handle) as { holder?: { pid?: unknown } };
  if (typeof holder?.pid === "number" && existsSync(`/proc/${holder.pid}`)) return holder.pid;
  throw new Error(`the spawned session has no living holder: ${JSON.stringify(handle)}`);
}

function holderLines(holder: HolderProcess, spent: Reading): (Line | Skipped)[] {
  const { anonymous, resident } = memoryOf(holder.pid);
  return [
    line({
      name: "holder-memory",
      what: "holder: private memory",
      unit: "MB",
      measured: anonymous / megabyte,
      limit: { of: "measured", most: 6 },
      note: `${mb(resident)} MB resident with the pages of the program's file`,
    }),
    line({
      name: "holder-wake-ups",
      what: "holder: wake-ups when quiet",
      unit: "/s",
      measured: (spent.wakeUps / spent.at) * 1_000,
      limit: { of: "measured", most: 2 },
    }),
  ];
}

function emptyMemory(ground: Ground): { anonymous: number; resident: number } {
  const child = Bun.spawn([ground.sleeping], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    // It has started once it has threads besides the first.
    Bun.sleepSync(500);
    return memoryOf(child.pid);
  } finally {
    child.kill("SIGKILL");
  }
}

function mb(bytes: number): string {
  return (bytes / megabyte).toFixed(1);
}
