import { signalName } from "../../process/run.ts";
import type { TerminalSize } from "../history.ts";
import { PacedWriter } from "./paced-writer.ts";

export interface TerminalOptions extends TerminalSize {
  cwd: string;
  /** The whole environment. */
  env: Record<string, string>;
  onOutput(bytes: Uint8Array): void;
}

/** A program in a pseudo terminal of its own. */
export interface ProgramTerminal {
  readonly pid: number;
  /** Resolves when the program itself has ended, whoever else still uses the terminal. */
  readonly exited: Promise<{ exitCode: number | null; signal: string | null }>;
  /** Resolves when nobody has the terminal open any more, or after `withinMs`. */
  outputEnded(withinMs: number): Promise<void>;
  /** All bytes are taken; those that the program does not read yet wait here. */
  write(bytes: Uint8Array): void;
  /** How many written bytes may still wait. */
  readonly waitingBytes: number;
  /** Resolves when nothing waits any more: true, or false after `withinMs`. */
  drained(withinMs: number): Promise<boolean>;
  resize(size: TerminalSize): void;
  /** Tells the program that its terminal is going away. */
  hangUp(): void;
  close(): void;
}

/**
 * Starts a program as the leader of its own terminal session, with the terminal as its controlling
 * one. The inline `terminal` option is the only form of Bun that does this reliably
 * (oven-sh/bun#40289). Throws the system's error when the program cannot be executed.
 */
export function openTerminal(argv: string[], options: TerminalOptions): ProgramTerminal {
  const drains = new Signal();
  const ends = new Signal();
  let hasEnded = false;
  const child = Bun.spawn(argv, {
    cwd: options.cwd,
    env: options.env,
    terminal: {
      cols: options.columns,
      rows: options.rows,
      data: (_terminal, bytes) => options.onOutput(bytes),
      drain: () => writer.drained(),
      exit: () => {
        hasEnded = true;
        writer.close();
        ends.raise();
      },
    },
  });
  const { terminal } = child;
  if (!terminal) throw new Error("program was started without its terminal");
  const writer = new PacedWriter(
    (bytes) => void terminal.write(bytes),
    () => drains.raise(),
  );
  return {
    pid: child.pid,
    exited: child.exited.then(() => ({
      exitCode: child.exitCode,
      signal: signalName(child.signalCode),
    })),
    outputEnded: async (withinMs) => void (hasEnded || (await ends.raised(withinMs))),
    write: (bytes) => {
      if (!terminal.closed) writer.write(bytes);
    },
    get waitingBytes() {
      return writer.waitingBytes;
    },
    drained: async (withinMs) => writer.waitingBytes === 0 || (await drains.raised(withinMs)),
    resize: ({ columns, rows }) => {
      if (!terminal.closed) terminal.resize(columns, rows);
    },
    hangUp: () => child.kill("SIGHUP"),
    close: () => {
      writer.close();
      terminal.close();
    },
  };
}

/** Something that happens now and then and that can be waited for. */
class Signal {
  private readonly listeners = new Set<() => void>();

  raise(): void {
    for (const listener of this.listeners) listener();
  }

  async raised(withinMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const listener = () => resolve(true);
    const timer = setTimeout(() => resolve(false), withinMs);
    this.listeners.add(listener);
    const wasRaised = await promise;
    clearTimeout(timer);
    this.listeners.delete(listener);
    return wasRaised;
  }
}
