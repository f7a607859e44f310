import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

import type { OwnPath } from "../agent/port.ts";
import { AoError } from "../error.ts";

/** The data directory: the flag, `AO_DATA_DIR`, else `~/.ao`. Always absolute. */
export function dataDirectory(flag: string | undefined, env: NodeJS.ProcessEnv): string {
  const named = flag || env["AO_DATA_DIR"];
  if (named) return resolve(named);
  const home = env["HOME"] || homedir();
  if (!isAbsolute(home)) {
    throw new AoError("usage", "no home folder is known", "set HOME, or use `--data-dir`");
  }
  return join(home, ".ao");
}

/** Private folder of a session: launch spec, task, terminal log, exit record. */
export function sessionDirectory(dataDir: string, sessionId: string): string {
  return join(dataDir, "sessions", sessionId);
}

/** Where a session's worktree belongs. */
export function worktreePath(dataDir: string, projectId: string, sessionId: string): string {
  return join(worktreesRoot(dataDir), projectId, sessionId);
}

/** The one folder inside which `ao` may remove worktrees. */
export function worktreesRoot(dataDir: string): string {
  return join(dataDir, "worktrees");
}

/** Where processes wait for their turn on a repository. */
export function lockDirectory(dataDir: string): string {
  return join(dataDir, "locks");
}

/** A path in a program's own folder, as its environment places that. */
export function ownPath(path: OwnPath, env: Record<string, string | undefined>): string {
  const home = env["HOME"] || homedir();
  const folder = env[path.variable] || path.otherwise.replace(/^~(?=\/|$)/, () => home);
  return join(folder, path.name);
}
