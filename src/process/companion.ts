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
  /** Asks it to end, and ends it hard when it has not after `graceMs`. */
  stop(graceMs: number): Promise<CompanionEnd>;
}

export interface CompanionOptions {
  cwd: string;
  env: Record<string, string | undefined>;
}

/** Starts a program that takes this one's place in the terminal. Throws `unavailable`. */
export function startInTerminal(argv: string[], options: CompanionOptions): Companion {
  return companionOf(start(argv, options, "inherit"));
}

/**
 * Starts a program in the background of the terminal; `onOutput` gets each piece of what it
 * prints. Throws `unavailable` when it cannot be started.
 */
export function startInBackground(
  argv: string[],
  options: CompanionOptions & { onOutput: (text: string) => void },
): Companion {
  const child = start(argv, options, "pipe");
  for (const stream of [child.stdout, child.stderr]) {
    if (stream instanceof ReadableStream) void drain(stream, options.onOutput);
  }
  return companionOf(child);
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

function companionOf(child: Bun.Subprocess): Companion {
  const ended = child.exited.then(() => ({
    exitCode: child.exitCode,
    signal: signalName(child.signalCode),
  }));
  return {
    ended,
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
