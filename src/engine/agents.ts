import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import * as v from "valibot";

import type { AgentAdapter } from "../agent/port.ts";
import type { AgentDefinition } from "../domain/agent-definition.ts";
import { type PermissionMode, permissionModes } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { findProgram } from "../process/program.ts";
import { run, type RunResult } from "../process/run.ts";
import { writeAtomically } from "../runtime/atomic-file.ts";
import type { Project } from "../store/project.ts";
import { type KnownAgent, knownAgents } from "./adapters.ts";
import type { Engine } from "./engine.ts";
import { ownPath } from "./paths.ts";

/** What is known of one kind of agent on this machine. */
export interface AgentView {
  name: string;
  title: string;
  /** `built in`, else the file or the command that defines it. */
  source: string;
  /** False for a recipe that was never run against the real program. */
  isTried: boolean;
  isInstalled: boolean;
  path: string | null;
  version: string | null;
  /** The oldest version that it is written for. */
  minimumVersion: string | null;
  isTooOld: boolean;
  authentication: "logged_in" | "logged_out" | "unknown";
  hasSignals: boolean;
  receipts: string;
  canResume: boolean;
  modes: PermissionMode[];
  installHint: string;
  /** As the configuration has it; null for one that is built in. */
  definition: AgentDefinition | null;
}

/** How long a program may take to tell its version or its login; some need seconds to start. */
const probeMs = 10_000;

/** A program that was asked for its login this recently is not asked again. */
const loginMs = 60_000;

const cachedSchema = v.object({
  /** Of the program's file: another one is another version. */
  modifiedAt: v.number(),
  /** Null while the program has not told it. */
  version: v.nullable(v.string()),
  /** What the program said of its login. */
  login: v.picklist(["logged_in", "logged_out", "unknown"]),
  /** When it was asked, in Unix milliseconds. */
  askedAt: v.number(),
});
type Cached = v.InferOutput<typeof cachedSchema>;

/** By the path of the program. */
const cacheSchema = v.record(v.string(), cachedSchema);

/**
 * Every kind of agent, those that the configuration of the person and of the project defines
 * included, with what is installed here. Probes are bounded, parallel and cached.
 */
export async function listAgents(engine: Engine, project?: Project): Promise<AgentView[]> {
  const cache = readCache(engine);
  const known = [...knownAgents(engine, project).values()];
  const views = await Promise.all(known.map((one) => viewOf(engine, one, cache)));
  writeCache(engine, cache);
  return views;
}

/** One kind of agent. Throws `not_found`. */
export async function showAgent(
  engine: Engine,
  name: string,
  project?: Project,
): Promise<AgentView> {
  const known = knownAgents(engine, project).get(name);
  if (!known) throw new AoError("not_found", `agent ${name} not found`, "ao agent ls");
  const cache = readCache(engine);
  const view = await viewOf(engine, known, cache);
  writeCache(engine, cache);
  return view;
}

async function viewOf(
  engine: Engine,
  { adapter, source, definition }: KnownAgent,
  cache: Map<string, Cached>,
): Promise<AgentView> {
  const path = locate(engine, adapter);
  // A program that a person names may take `--version` for a task.
  const isAsked = path !== null && definition === null;
  const known = isAsked ? await probed(engine, adapter, path, cache) : undefined;
  const version = known?.version ?? null;
  const minimumVersion = adapter.minimumVersion ?? null;
  const isLogin = known !== undefined && hasLogin(engine, adapter);
  return {
    name: adapter.name,
    title: adapter.title,
    source,
    isTried: adapter.isTried,
    isInstalled: path !== null || adapter.programs.length === 0,
    path,
    version,
    minimumVersion,
    isTooOld: version !== null && minimumVersion !== null && isOlder(version, minimumVersion),
    authentication: isLogin ? "logged_in" : (known?.login ?? "unknown"),
    hasSignals: adapter.hasSignals,
    receipts: adapter.receipts,
    canResume: adapter.resume !== undefined,
    modes: permissionModes.filter((mode) => !adapter.missingModes.includes(mode)),
    installHint: adapter.installHint,
    definition,
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
  const found = cache.get(path);
  const known = found?.modifiedAt === modifiedAt ? found : undefined;
  if (known && known.version !== null && now - known.askedAt < loginMs) return known;
  const [version, login] = await Promise.all([
    known?.version ?? versionOf(engine, path),
    loginOf(engine, adapter, path),
  ]);
  const fresh: Cached = { modifiedAt, version, login, askedAt: now };
  cache.set(path, fresh);
  return fresh;
}

async function versionOf(engine: Engine, path: string): Promise<string | null> {
  const result = await ask(engine, [path, "--version"]);
  const found = /\d+\.\d+(?:[\w.-]*\w)?/.exec(result?.stdout ?? "");
  return found ? found[0] : null;
}

function isOlder(version: string, minimum: string): boolean {
  return Bun.semver.satisfies(version, `<${minimum}`);
}

/** A key in the environment, or a file that a login leaves. Without either there may be one. */
function hasLogin(engine: Engine, { authentication }: AgentAdapter): boolean {
  if (!authentication) return false;
  const { variables, files } = authentication;
  if (variables.some((name) => engine.env[name])) return true;
  return files.some((file) => existsSync(ownPath(file, engine.env)));
}

/** What the program itself says; unknown where it cannot tell, or does not in time. */
async function loginOf(
  engine: Engine,
  adapter: AgentAdapter,
  path: string,
): Promise<Cached["login"]> {
  const command = adapter.authentication?.command;
  if (!command || hasLogin(engine, adapter)) return "unknown";
  const result = await ask(engine, [path, ...command]);
  if (!result || result.timedOut || result.exitCode === null) return "unknown";
  return result.exitCode === 0 ? "logged_in" : "logged_out";
}

/** Asks a program something, away from any repository whose files it might load. */
async function ask(engine: Engine, argv: string[]): Promise<RunResult | undefined> {
  try {
    return await run(argv, { timeoutMs: probeMs, cwd: engine.dataDir, env: engine.env });
  } catch (error) {
    // A broken installation is no reason to tell nothing of the other agents.
    if (error instanceof AoError) return undefined;
    throw error;
  }
}

function cachePath(engine: Engine): string {
  return join(engine.dataDir, "cache", "agents.json");
}

/** Only a cache: what cannot be read is asked for again. */
function readCache(engine: Engine): Map<string, Cached> {
  try {
    const content: unknown = JSON.parse(readFileSync(cachePath(engine), "utf8"));
    const parsed = v.safeParse(cacheSchema, content);
    return new Map(parsed.success ? Object.entries(parsed.output) : []);
  } catch {
    return new Map();
  }
}

function writeCache(engine: Engine, cache: Map<string, Cached>): void {
  const path = cachePath(engine);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeAtomically(path, JSON.stringify(Object.fromEntries(cache)));
}
