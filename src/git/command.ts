import { AoError, type ErrorCode } from "../error.ts";
import type { ProcessIdentity } from "../process/identity.ts";
import { run, type RunResult } from "../process/run.ts";
import { withoutCredentials } from "./remote.ts";

/** Entries that are added to the environment of a git process. */
export type GitEnvironment = Record<string, string>;

export interface GitOptions {
  /** The directory that git works in. */
  at: string;
  env?: GitEnvironment | undefined;
  input?: string | undefined;
  /** Milliseconds until git is killed; ten minutes when absent. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Told of the child right after its start, so that a journal can name it. */
  onStart?: ((child: ProcessIdentity) => void) | undefined;
}

/** What the functions of this folder that change something take in addition. */
export interface Watched {
  env?: GitEnvironment | undefined;
  onStart?: ((child: ProcessIdentity) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Settings for ao's own commits and private indexes: no hook of the user's runs, no daemon is
 * started, no index file is split into the repository, and line ends never make `add` refuse.
 */
export const privately = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.splitIndex", "false"],
  ["core.untrackedCache", "false"],
  ["core.safecrlf", "false"],
  ["core.quotePath", "false"],
  ["submodule.recurse", "false"],
  ["advice.addEmbeddedRepo", "false"],
  ["i18n.commitEncoding", "UTF-8"],
].flatMap(([key, value]) => ["-c", `${key}=${value}`]);

const longestMs = 600_000;

/** Runs git and returns its output. Throws `failed` in git's words, `timeout`, `interrupted`. */
export async function git(args: string[], options: GitOptions): Promise<string> {
  const result = await tryGit(args, options);
  if (result.exitCode !== 0) throw gitFailure(args, result);
  return result.stdout;
}

/**
 * Runs git and returns whatever came of it. Throws `timeout` and `interrupted`, and
 * `unavailable` when there is no git.
 */
export async function tryGit(args: string[], options: GitOptions): Promise<RunResult> {
  if (options.signal?.aborted) throw new AoError("interrupted", `${commandName(args)} interrupted`);
  const result = await run(["git", "-C", options.at, ...args], {
    // The directory `ao` was started in may be gone, which git would stumble over.
    cwd: "/",
    env: gitEnvironment(options.env),
    timeoutMs: options.timeoutMs ?? longestMs,
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onStart === undefined ? {} : { onStart: options.onStart }),
  });
  if (options.signal?.aborted) throw new AoError("interrupted", `${commandName(args)} interrupted`);
  if (result.timedOut) {
    const seconds = (options.timeoutMs ?? longestMs) / 1000;
    throw new AoError("timeout", `${commandName(args)} did not end within ${seconds} s`);
  }
  return result;
}

/** The error for a git command that failed, in git's own words. */
export function gitFailure(
  args: string[],
  result: RunResult,
  code: ErrorCode = "failed",
  hint?: string,
): AoError {
  const said =
    complaint(result) || (result.signal ? `ended by ${result.signal}` : "no reason given");
  return new AoError(code, `${commandName(args)} failed: ${said}`, hint);
}

/**
 * The line with which git told why it failed, without control characters and without what it says
 * of credentials; may be empty.
 */
export function complaint(result: RunResult): string {
  const lines = result.stderr.split("\n");
  const line = lines.find((each) => /^(fatal|error): /.test(each)) ?? lines.find(Boolean) ?? "";
  const text = line.replace(/^(fatal|error): /, "").replaceAll(/\p{Cc}/gu, " ");
  return withoutCredentials(text).trim();
}

/** Splits the output of a git command run with `-z`. */
export function splitNul(text: string): string[] {
  return text.split("\0").filter(Boolean);
}

/** `git worktree add`, without options that nobody asked about. */
function commandName(args: string[]): string {
  const words = args.filter((word, index) => word !== "-c" && args[index - 1] !== "-c");
  const isTwoWords = words[0] === "worktree";
  return `git ${words.slice(0, isTwoWords ? 2 : 1).join(" ")}`;
}

/**
 * The caller's environment without what would point git at another repository or index; how to
 * reach a remote and the person's configuration stay.
 */
function gitEnvironment(extra: GitEnvironment = {}): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => {
    return !name.startsWith("GIT_") || /^GIT_(SSH|ASKPASS|CONFIG_|SSL_|PROXY_)/.test(name);
  });
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GCM_INTERACTIVE: "never",
    GIT_OPTIONAL_LOCKS: "0",
    ...extra,
  };
}
