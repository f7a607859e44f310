import { AoError, messageOf } from "../error.ts";
import { childEnvironment, signalName } from "./run.ts";

/** How a companion ended. */
export interface CompanionEnd {
  exitCode: number | null;
  signal: string | null;
}

/** A program that runs beside this one, in the same terminal session and process group. */
export interface Companion {
  readonly ended: Promise<CompanionEnd>;
  /** Resolves when all that it printed was given; its own children may print after its end. */
  readonly printed: Promise<void>;
  /** Asks it to end, and ends it hard when it has not after `graceMs`. */
  stop(graceMs: number): Promise<CompanionEnd>;
}

export interface CompanionOptions {
  cwd: string;
  env: Record<string, string | undefined>;
}

/** Starts a program that takes this one's place in the terminal. Throws `unavailable`. */
export function startInTerminal(argv: string[], options: CompanionOptions): Companion {
  return companionOf(start(argv, options, "inherit"), Promise.resolve());
}

export interface BackgroundOptions extends CompanionOptions {
  onOutput: (text: string) => void;
  /** What it prints to standard error; without it, that goes to `onOutput` too. */
  onErrors?: (text: string) => void;
}

/**
 * Starts a program in the background of the terminal; `onOutput` gets each piece of what it
 * prints. Throws `unavailable` when it cannot be started.
 */
export function startInBackground(argv: string[], options: BackgroundOptions): Companion {
  const child = start(argv, options, "pipe");
  const { onOutput, onErrors = onOutput } = options;
  const streams = [
    [child.stdout, onOutput],
    [child.stderr, onErrors],
  ] as const;
  const reading = streams.map(([stream, give]) =>
    stream instanceof ReadableStream ? drain(stream, give) : undefined,
  );
  return companionOf(child, Promise.all(reading));
}

function start(argv: string[], { cwd, env }: CompanionOptions, mode: "inherit" | "pipe") {
  try {
    return Bun.spawn(argv, {
      cwd,
      env: childEnvironment(env),
      stdin: mode === "inherit" ? "inherit" : "ignore",
      stdout: mode,
      stderr: mode,
    });
  } catch (error) {
    const message = `program ${argv[0]} cannot be started: ${messageOf(error)}`;
    throw new AoError("unavailable", message, undefined, { cause: error });
  }
}

function companionOf(child: Bun.Subprocess, reading: Promise<unknown>): Companion {
  const ended = child.exited.then(() => ({
    exitCode: child.exitCode,
    signal: signalName(child.signalCode),
  }));
  return {
    ended,
    printed: reading.then(() => {}),
    stop: async (graceMs) => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

async function drain(
  stream: ReadableStream<Uint8Array>,
  onOutput: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) onOutput(decoder.decode(chunk, { stream: true }));
}
