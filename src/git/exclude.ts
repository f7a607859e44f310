import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

import { type GitEnvironment, tryGit } from "./command.ts";
import { readText } from "./layout.ts";

export interface ExcludeOptions {
  root: string;
  /** Lines in the syntax of gitignore(5). */
  patterns: string[];
  /** Absolute path of the file to write; a directory of ao's, one file per work tree. */
  file: string;
  /** The environment that the entries will be added to; without it, this process's own. */
  env?: Record<string, string | undefined>;
}

/**
 * Makes git ignore some files in one work tree without touching `info/exclude` or any
 * configuration: writes a file with the person's own global patterns and these, and returns the
 * environment (git-config(1), `GIT_CONFIG_COUNT`) that makes git read it. Costs one process.
 */
export async function worktreeExcludes(options: ExcludeOptions): Promise<GitEnvironment> {
  const { root, patterns, file, env = process.env } = options;
  const own = readText(await globalExcludes(root, env)) ?? "";
  const separator = own === "" || own.endsWith("\n") ? "" : "\n";
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // A git process may be reading the file that is replaced.
  writeFileSync(`${file}.new`, `${own}${separator}${patterns.join("\n")}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return excludeEnvironment(file, env);
}

/** The entries for a file that was written before, as after a restore. Costs no process. */
export function excludeEnvironment(
  file: string,
  env: Record<string, string | undefined> = process.env,
): GitEnvironment {
  const inherited = Number(env["GIT_CONFIG_COUNT"]) || 0;
  // The caller's own entry may be this very one, in a session that starts a session.
  const isThere = env[`GIT_CONFIG_VALUE_${inherited - 1}`] === file;
  const index = isThere ? inherited - 1 : inherited;
  return {
    GIT_CONFIG_COUNT: String(index + 1),
    [`GIT_CONFIG_KEY_${index}`]: "core.excludesFile",
    [`GIT_CONFIG_VALUE_${index}`]: file,
  };
}

/** The person's `core.excludesFile`, or where git looks when there is none (gitignore(5)). */
async function globalExcludes(
  root: string,
  env: Record<string, string | undefined>,
): Promise<string> {
  const args = ["config", "--type=path", "--get", "core.excludesFile"];
  const result = await tryGit(args, { at: root });
  const configured = result.exitCode === 0 ? result.stdout.replace(/\n$/, "") : "";
  if (configured) return configured;
  const home = env["HOME"] ?? homedir();
  return join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "git", "ignore");
}
