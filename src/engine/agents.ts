import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

import type { AgentAdapter } from "../agent/port.ts";
import { agents } from "../agent/table.ts";
import { type PermissionMode, permissionModes } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { findProgram } from "../process/program.ts";
import { run } from "../process/run.ts";
import type { Engine } from "./engine.ts";

/** What is known of one kind of agent on this machine. */
export interface AgentView {
  name: string;
  title: string;
  /** False for a recipe that was never run against the real program. */
  isTried: boolean;
  isInstalled: boolean;
  path: string | null;
  version: string | null;
  authentication: "logged_in" | "logged_out" | "unknown";
  hasSignals: boolean;
  receipts: string;
  canResume: boolean;
  modes: PermissionMode[];
  installHint: string;
}

/** How long a program may take to tell its version or its login. */
const probeMs = 5_000;

/** A login seen this recently is not asked for again. */
const authenticationMs = 60_000;

interface Cached {
  version: string | null;
  /** Of the program's file: another one is another version. */
  modifiedAt: number;
  authentication: AgentView["authentication"];
  /** Unix milliseconds. */
  askedAt: number;
}

/** Every kind of agent, with what is installed here. Probes are bounded, parallel and cached. */
export async function listAgents(engine: Engine): Promise<AgentView[]> {
  const cache = readCache(engine);
  const views = await Promise.all(
    [...agents.values()].map((adapter) => viewOf(engine, adapter, cache)),
  );
  writeCache(engine, cache);
  return views;
}

/** One kind of agent. Throws `not_found`. */
export async function showAgent(engine: Engine, name: string): Promise<AgentView> {
  const adapter = agents.get(name);
  if (!adapter) throw new AoError("not_found", `agent ${name} not found`, "ao agent ls");
  const cache = readCache(engine);
  const view = await viewOf(engine, adapter, cache);
  writeCache(engine, cache);
  return view;
}

async function viewOf(
  engine: Engine,
  adapter: AgentAdapter,
  cache: Map<string, Cached>,
): Promise<AgentView> {
  const path = locate(engine, adapter);
  const known = path === null ? undefined : await probed(engine, adapter, path, cache);
  return {
    name: adapter.name,
    title: adapter.title,
    isTried: adapter.isTried,
    isInstalled: path !== null || adapter.programs.length === 0,
    path,
    version: known?.version ?? null,
    authentication: known?.authentication ?? "unknown",
    hasSignals: adapter.hasSignals,
    receipts: adapter.receipts,
    canResume: adapter.resume !== undefined,
    modes: permissionModes.filter((mode) => !adapter.missingModes.includes(mode)),
    installHint: adapter.installHint,
  };
}

function locate(engine: Engine, adapter: AgentAdapter): string | null {
  const search = { path: engine.env["PATH"] ?? "", extraDirs: adapter.searchPaths };
  for (const name of adapter.programs) {
    const found = findProgram(name, search);
    if (found) return found;
  }
  return null;
}

async function probed(
  engine: Engine,
  adapter: AgentAdapter,
  path: string,
  cache: Map<string, Cached>,
): Promise<Cached> {
  const modifiedAt = statSync(path).mtimeMs;
  const now = Date.now();
  const known = cache.get(path);
  const isSame = known?.modifiedAt === modifiedAt;
  if (known && isSame && now - known.askedAt < authenticationMs) return known;
  const [version, authentication] = await Promise.all([
    isSame && known ? known.version : versionOf(path),
    authenticationOf(engine, adapter, path),
  ]);
  const fresh: Cached = { version, modifiedAt, authentication, askedAt: now };
  cache.set(path, fresh);
  return fresh;
}

async function versionOf(path: string): Promise<string | null> {
  const result = await run([path, "--version"], { timeoutMs: probeMs });
  const found = /\d+\.\d+[\w.-]*/.exec(result.stdout);
  return found ? found[0] : null;
}

async function authenticationOf(
  engine: Engine,
  adapter: AgentAdapter,
  path: string,
): Promise<AgentView["authentication"]> {
  const ways = adapter.authentication;
  if (!ways) return "unknown";
  const home = engine.env["HOME"] ?? homedir();
  const hasKey = ways.variables.some((name) => engine.env[name]);
  const hasFile = ways.files.some((file) => existsSync(file.replace(/^~/, home)));
  if (hasKey || hasFile) return "logged_in";
  if (!ways.command) return "logged_out";
  const result = await run([path, ...ways.command], { timeoutMs: probeMs });
  if (result.timedOut) return "unknown";
  return result.exitCode === 0 ? "logged_in" : "logged_out";
}

function cachePath(engine: Engine): string {
  return join(engine.dataDir, "cache", "agents.json");
}

function readCache(engine: Engine): Map<string, Cached> {
  const path = cachePath(engine);
  if (!existsSync(path)) return new Map();
  try {
    return new Map(Object.entries<Cached>(JSON.parse(readFileSync(path, "utf8"))));
  } catch {
    // Only a cache: what cannot be read is asked for again.
    return new Map();
  }
}

function writeCache(engine: Engine, cache: Map<string, Cached>): void {
  const path = cachePath(engine);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, JSON.stringify(Object.fromEntries(cache)), { mode: 0o600 });
}
