import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { AoError } from "../error.ts";
import { worktreeExcludes } from "../git/exclude.ts";
import { provision as provisionWorktree } from "../git/provision.ts";
import { run, type RunResult } from "../process/run.ts";
import type { ResolvedConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import type { Journal, JournalData } from "./journal.ts";
import { excludesPath, watchedBy } from "./workspace.ts";

/**
 * Makes a fresh worktree usable: ignored files that `.worktreeinclude` names, symlinks, trusted
 * setup commands. Returns the environment in which git ignores what was added.
 * Throws `failed` or `timeout` when a setup command does.
 */
export async function provision(
  engine: Engine,
  journal: Journal<JournalData>,
  options: { root: string; worktree: string; config: ResolvedConfig },
): Promise<Record<string, string>> {
  const { root, worktree, config } = options;
  const watched = watchedBy(engine, journal);
  const done = await provisionWorktree({ root, worktree, symlinks: config.symlinks, ...watched });
  for (const { path, reason } of done.skipped) engine.progress.note(`${path}: ${reason}`);
  for (const command of config.setup) await runInWorktree(engine, journal, command, options);
  if (done.linked.length === 0) return {};
  const file = excludesPath(engine, journal.sessionId);
  const patterns = done.linked.map((path) => `/${path}`);
  return await worktreeExcludes({ root, patterns, file });
}

/** Notes that a worktree has been made and is not usable yet: whoever comes must provision it. */
export function markUnprovisioned(sessionDir: string): void {
  mkdirSync(sessionDir, { recursive: true, mode: 0o700 });
  writeFileSync(markPath(sessionDir), "", { mode: 0o600 });
}

/** Takes the note back. */
export function markProvisioned(sessionDir: string): void {
  rmSync(markPath(sessionDir), { force: true });
}

/** Whether a worktree was made again, and the process that did died before it was usable. */
export function isUnprovisioned(sessionDir: string): boolean {
  return existsSync(markPath(sessionDir));
}

function markPath(sessionDir: string): string {
  return join(sessionDir, "unprovisioned");
}

/** Runs a trusted command of the project in a worktree, with live output and a time limit. */
export async function runInWorktree(
  engine: Engine,
  journal: Journal<JournalData>,
  command: string,
  options: { root: string; worktree: string; config: ResolvedConfig },
): Promise<void> {
  const { root, worktree, config } = options;
  engine.progress.output(`$ ${command}`);
  const result = await run(["/bin/sh", "-c", command], {
    cwd: worktree,
    env: {
      ...engine.env,
      ...config.env,
      AO_LAUNCH_ID: journal.id,
      AO_SESSION_ID: journal.sessionId,
      AO_PROJECT_ID: journal.projectId,
      AO_PROJECT_PATH: root,
    },
    timeoutMs: config.setupTimeoutSeconds * 1000,
    signal: engine.interrupt,
    onStart: journal.child,
    onOutput: (text) => engine.progress.output(text),
  });
  if (result.exitCode === 0) return;
  if (engine.interrupt.aborted) throw new AoError("interrupted", "interrupted");
  throw commandFailure(command, result, config.setupTimeoutSeconds);
}

function commandFailure(command: string, result: RunResult, limitSeconds: number): AoError {
  const lines = `${result.stdout}\n${result.stderr}`.split("\n").filter((line) => line.trim());
  const last = lines.slice(-3).join(" / ");
  const hint = "change it with `ao project set`, or in `.ao/config.toml`";
  if (result.timedOut) {
    return new AoError("timeout", `\`${command}\` took longer than ${limitSeconds} s`, hint);
  }
  const how = result.signal ?? `exit code ${result.exitCode}`;
  return new AoError("failed", `\`${command}\` failed (${how})${last ? `: ${last}` : ""}`, hint);
}
