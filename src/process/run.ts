import { constants } from "node:os";

import { AoError, messageOf, systemCode } from "../error.ts";
import { identify, type ProcessIdentity } from "./identity.ts";

export interface RunOptions {
  cwd?: string;
  /** The whole environment of the child; without it, this process's own. */
  env?: Record<string, string | undefined>;
  input?: string | Uint8Array;
  /** After this long the child's process group is ended; 0 or absent: no limit. */
  timeoutMs?: number;
  /** Characters kept of each stream, the last ones; the rest is read and dropped. Absent: all. */
  keep?: number;
  /** Called right after the start, so that a journal can name the child. */
  onStart?: (child: ProcessIdentity) => void;
  /** Called with each piece of output of both streams, as it comes. */
  onOutput?: (text: string) => void;
  /** Ends the child's process group when aborted. */
  signal?: AbortSignal;
}

/**
 * How often nothing may have come after the program itself has ended before its output counts as
 * complete, and how often it is looked at in all. Turns of the event loop are counted and not
 * time: a process that did not get to run for a while must not take unread output for none.
 */
const quietTurns = 10;
const turns = 100;
const turnMs = 50;

/** How long a child that is to end may take to do so by itself. */
const killMs = 1_000;

export interface RunResult {
  /** Exit code, or null when a signal ended the child. */
  exitCode: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

/**
 * Runs a program to its end, in a process group of its own, with no terminal.
 * Throws `unavailable` when the program cannot be started.
 */
export async function run(argv: string[], options: RunOptions = {}): Promise<RunResult> {
  const child = start(argv, options);
  tellStart(child.pid, options);
  let timedOut = false;
  let killTimer: ReturnType<typeof setTimeout> | undefined;
  // TERM first: git takes its lock files away then, which after a KILL stand in the user's way.
  const kill = () => {
    signalGroup(child.pid, "SIGTERM");
    killTimer ??= setTimeout(() => signalGroup(child.pid, "SIGKILL"), killMs);
  };
  const timer = options.timeoutMs
    ? setTimeout(() => ((timedOut = true), kill()), options.timeoutMs)
    : undefined;
  options.signal?.addEventListener("abort", kill, { once: true });
  if (options.signal?.aborted) kill();
  const outputs = [child.stdout, child.stderr].map((stream) => collect(stream, options));
  try {
    await child.exited;
    await drain(outputs);
    const [stdout = "", stderr = ""] = outputs.map((output) => output.text());
    for (const output of outputs) output.cancel();
    return {
      exitCode: child.exitCode,
      signal: signalName(child.signalCode),
      stdout,
      stderr,
      timedOut,
    };
  } finally {
    clearTimeout(timer);
    clearTimeout(killTimer);
    // What did not mind the TERM must not outlive the program either.
    if (killTimer) signalGroup(child.pid, "SIGKILL");
    options.signal?.removeEventListener("abort", kill);
  }
}

/** A child that the journal could not take must not go on without anybody knowing of it. */
function tellStart(pid: number, { onStart }: RunOptions): void {
  const identity = identify(pid);
  try {
    if (identity) onStart?.(identity);
  } catch (error) {
    signalGroup(pid, "SIGKILL");
    throw error;
  }
}

/** The environment for a child: without what would make a Bun program run something else. */
export function childEnvironment(
  env: Record<string, string | undefined> = process.env,
): Record<string, string | undefined> {
  const { BUN_OPTIONS: _options, BUN_BE_BUN: _bun, ...rest } = env;
  return rest;
}

/** Sends a signal to a process group; a group that is gone already is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error;
  }
}

function start(argv: string[], options: RunOptions) {
  try {
    return Bun.spawn(argv, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: childEnvironment(options.env),
      stdin: options.input === undefined ? "ignore" : Buffer.from(options.input),
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
  } catch (error) {
    throw new AoError(
      "unavailable",
      `program ${argv[0]} cannot be started: ${messageOf(error)}`,
      undefined,
      { cause: error },
    );
  }
}

/** Waits for the end of output; a background process that has the pipes keeps nobody waiting. */
async function drain(outputs: readonly Collected[]): Promise<void> {
  const ended = Promise.all(outputs).then(() => true);
  const size = () => outputs.reduce((sum, output) => sum + output.text().length, 0);
  for (let [turn, quiet, last] = [0, 0, size()]; turn < turns && quiet < quietTurns; turn++) {
    if (await Promise.race([ended, Bun.sleep(turnMs).then(() => false)])) return;
    quiet = size() === last ? quiet + 1 : 0;
    last = size();
  }
}

/** What a stream has given so far; settles at its end. */
interface Collected extends PromiseLike<void> {
  text(): string;
  cancel(): void;
}

function collect(stream: ReadableStream<Uint8Array>, options: RunOptions): Collected {
  const { keep = Number.POSITIVE_INFINITY, onOutput } = options;
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let text = "";
  const read = async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const piece = decoder.decode(value, { stream: true });
      text += piece;
      if (text.length > keep) text = text.slice(-keep);
      onOutput?.(piece);
    }
    text += decoder.decode();
  };
  const end = read();
  return {
    then: (onEnd, onError) => end.then(onEnd, onError),
    text: () => text,
    cancel: () => void reader.cancel(),
  };
}

/** A signal by its name, as people know it. */
export function signalName(signal: string | number | null): string | null {
  if (typeof signal !== "number") return signal;
  const found = Object.entries(constants.signals).find(([, number]) => number === signal);
  return found ? found[0] : String(signal);
}
