import { existsSync, readdirSync, readFileSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";

import { AoError, messageOf } from "../../error.ts";
import { findProgram } from "../../process/program.ts";
import { run } from "../../process/run.ts";
import { integrityProblems } from "../../store/integrity.ts";
import { findLease, isHeld } from "../../store/lease.ts";
import { failedOperations } from "../../store/operation.ts";
import { findSession, listSessions } from "../../store/session.ts";
import { type KnownAgent, knownAgents } from "../adapters.ts";
import type { Engine } from "../engine.ts";
import { hookLogPath } from "../hook.ts";
import { loopsLease } from "../loops.ts";
import { worktreesRoot } from "../paths.ts";
import { deadOperations } from "../recovery.ts";
import { checkDaemon } from "./daemon.ts";
import { checkHosts } from "./github.ts";
import { checkSinks } from "./notify.ts";

/** One thing that was checked. */
export interface Finding {
  check: string;
  level: "ok" | "warning" | "error";
  detail: string;
  hint?: string;
}

const lowDiskBytes = 512 * 1024 * 1024;
const dayMs = 86_400_000;

/** Checks the store, the programs, the disk, and what dead processes may have left. */
export async function examine(engine: Engine): Promise<Finding[]> {
  return [
    checkStore(engine),
    checkDisk(engine),
    await checkProgram("git", ["--version"], "error"),
    await checkProgram("tmux", ["-V"], "warning"),
    ...checkAgents(engine),
    ...(await checkHosts(engine)),
    ...checkSinks(engine),
    checkLoops(engine),
    await checkDaemon(engine),
    checkOperations(engine),
    ...checkFailures(engine),
    ...(await checkOrphans(engine)),
    ...checkFolders(engine),
    ...checkHooks(engine),
  ];
}

function checkStore({ store }: Engine): Finding {
  const problems = integrityProblems(store);
  if (problems.length === 0) return { check: "store", level: "ok", detail: store.path };
  return { check: "store", level: "error", detail: problems.join("; ") };
}

function checkDisk({ dataDir }: Engine): Finding {
  const { bavail, bsize } = statfsSync(dataDir);
  const free = bavail * bsize;
  const detail = `${Math.round(free / 1024 / 1024)} MB free`;
  if (free > lowDiskBytes) return { check: "disk", level: "ok", detail };
  return { check: "disk", level: "warning", detail, hint: "ao session cleanup" };
}

async function checkProgram(
  name: string,
  versionFlag: string[],
  level: "warning" | "error",
): Promise<Finding> {
  if (!findProgram(name)) {
    const detail = level === "error" ? "not found on PATH" : "not found; only its runtime needs it";
    return { check: name, level, detail, hint: `install ${name}` };
  }
  try {
    const result = await run([name, ...versionFlag], { timeoutMs: 5_000 });
    return { check: name, level: "ok", detail: result.stdout.trim() };
  } catch (error) {
    return { check: name, level, detail: messageOf(error) };
  }
}

function checkAgents(engine: Engine): Finding[] {
  let known: Map<string, KnownAgent>;
  try {
    known = knownAgents(engine);
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    return [{ check: "config", level: "error", detail: error.message }];
  }
  return [...known.values()].flatMap(({ adapter }): Finding[] => {
    const [name] = adapter.programs;
    if (name === undefined) return [];
    const search = { path: engine.env["PATH"] ?? "", extraDirs: adapter.searchPaths };
    const found = findProgram(name, search);
    const check = `agent ${adapter.name}`;
    if (found) return [{ check, level: "ok", detail: found }];
    const detail = `${name} is not installed`;
    return [{ check, level: "warning", detail, hint: adapter.installHint }];
  });
}

function checkLoops({ store }: Engine): Finding {
  const lease = findLease(store, loopsLease);
  const detail = isHeld(lease, Date.now())
    ? `held by process ${lease?.ownerPid}`
    : "held by nobody; each command does a short pass itself";
  return { check: "loops", level: "ok", detail };
}

function checkOperations(engine: Engine): Finding {
  const dead = deadOperations(engine);
  if (dead.length === 0) return { check: "journal", level: "ok", detail: "nothing is left undone" };
  const names = dead.map(({ kind, sessionId }) => `${kind} of ${sessionId}`).join(", ");
  const detail = `waits to be recovered: ${names}`;
  return { check: "journal", level: "warning", detail, hint: "ao ls" };
}

function checkFailures({ store }: Engine): Finding[] {
  return failedOperations(store, Date.now() - dayMs).flatMap((one) =>
    one.error?.startsWith("given up")
      ? [
          {
            check: "journal",
            level: "error" as const,
            detail: `${one.kind} of ${one.sessionId}: ${one.error}`,
            hint: `ao why ${one.sessionId}`,
          },
        ]
      : [],
  );
}

/** Terminals that run although no row knows their launch. */
async function checkOrphans(engine: Engine): Promise<Finding[]> {
  const rows = listSessions(engine.store, { withTerminated: true });
  const known = new Set(rows.map(({ launchId }) => launchId));
  const findings: Finding[] = [];
  for (const name of ["pty", "tmux"] as const) {
    try {
      const running = await (await engine.runtime(name)).running(engine.dataDir);
      const orphans = [...running].filter(([launchId]) => !known.has(launchId));
      for (const [launchId, handle] of orphans) {
        const detail = `${name} launch ${launchId} runs as process ${handle.agent.pid}`;
        const hint = `kill ${handle.agent.pid}`;
        findings.push({ check: "orphans", level: "warning", detail, hint });
      }
    } catch (error) {
      if (!(error instanceof AoError)) throw error;
      if (name === "tmux" && error.code === "unavailable") continue;
      findings.push({ check: "orphans", level: "warning", detail: error.message });
    }
  }
  if (findings.length > 0) return findings;
  return [{ check: "orphans", level: "ok", detail: "every terminal belongs to a session" }];
}

/** Hooks never fail in front of an agent; this is where they tell of it. */
function checkHooks({ dataDir }: Engine): Finding[] {
  const path = hookLogPath(dataDir);
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (age > dayMs) return [];
  const last = readFileSync(path, "utf8").trimEnd().split("\n").at(-1) ?? "";
  return [{ check: "hooks", level: "warning", detail: last, hint: `cat ${path}` }];
}

/** Folders under the worktrees that no row knows. */
function checkFolders(engine: Engine): Finding[] {
  const root = worktreesRoot(engine.dataDir);
  if (!existsSync(root)) return [];
  return readdirSync(root).flatMap((projectId) =>
    readdirSync(join(root, projectId)).flatMap((name) => {
      if (findSession(engine.store, name) || name.includes("-recovered-")) return [];
      const detail = `${join(root, projectId, name)} belongs to no session`;
      const hint = "git worktree list";
      return [{ check: "worktrees", level: "warning" as const, detail, hint }];
    }),
  );
}
