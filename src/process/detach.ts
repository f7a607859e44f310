import { AoError, messageOf } from "../error.ts";
import { identify, type ProcessIdentity } from "./identity.ts";

export interface DetachOptions {
  /** Without it, `/`, so that the process keeps no folder busy. */
  cwd?: string;
  /** The whole environment. */
  env: Record<string, string>;
  /** File descriptor for its standard error; without it, nowhere. */
  stderr?: number;
  /** Whether `firstLine` will be asked; without it, standard output goes nowhere. */
  reports?: boolean;
  /** Whether `tell` will be called; without it, standard input is empty. */
  waits?: boolean;
}

/** A process that outlives this one. */
export interface Detached {
  readonly identity: ProcessIdentity | undefined;
  /**
   * The first line that it prints, or undefined when it closes its output, ends, or the time is
   * over before that. May be called once, by a starter that said `reports`.
   */
  firstLine(withinMs: number): Promise<string | undefined>;
  /**
   * Writes a text to its standard input and closes it; nobody else does while this process lives.
   * False when it has ended. May be called once, by a starter that said `waits`.
   */
  tell(text: string): boolean;
}

/**
 * Starts a program in a session of its own, without a terminal, that outlives this process.
 * Throws `unavailable` when it cannot be started.
 */
export function startDetached(argv: string[], options: DetachOptions): Detached {
  const child = start(argv, options);
  child.unref();
  return {
    identity: identify(child.pid),
    tell: (text) => {
      if (!child.stdin || child.exitCode !== null || child.signalCode !== null) return false;
      child.stdin.write(text);
      void child.stdin.end();
      return true;
    },
    firstLine: async (withinMs) => (child.stdout ? readLine(child.stdout, withinMs) : undefined),
  };
}

function start(argv: string[], options: DetachOptions) {
  try {
    return Bun.spawn(argv, {
      cwd: options.cwd ?? "/",
      env: options.env,
      stdin: options.waits ? "pipe" : "ignore",
      stdout: options.reports ? "pipe" : "ignore",
      stderr: options.stderr ?? "ignore",
      detached: true,
    });
  } catch (error) {
    const message = `program ${argv[0]} cannot be started: ${messageOf(error)}`;
    throw new AoError("unavailable", message, undefined, { cause: error });
  }
}

async function readLine(
  stream: ReadableStream<Uint8Array>,
  withinMs: number,
): Promise<string | undefined> {
  const reader = stream.getReader();
  const timer = setTimeout(() => void reader.cancel(), withinMs);
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      text += decoder.decode(value, { stream: true });
      const end = text.indexOf("\n");
      if (end >= 0) return text.slice(0, end);
    }
  } finally {
    clearTimeout(timer);
    await reader.cancel();
  }
}
