import { fstatSync, statSync } from "node:fs";

/** A stream as output needs it. */
export interface Sink {
  /** Returns false while the reader is behind; `onDrain` tells when it has caught up. */
  write(text: string | Uint8Array): boolean;
  /** Sets who is told; the last one counts. */
  listen(listeners: SinkListeners): void;
  readonly isTTY: boolean;
  /** Width of a terminal. */
  readonly columns: number | undefined;
}

export interface SinkListeners {
  onDrain(): void;
  onError(error: Error): void;
}

/**
 * Standard output (1) or error (2). `process.stdout` would do too, but loading its stream classes
 * takes longer than a short command runs, so it is asked only about a terminal.
 */
export function standardSink(fd: 1 | 2): Sink {
  const writer = (fd === 1 ? Bun.stdout : Bun.stderr).writer();
  let listeners: SinkListeners = { onDrain: () => {}, onError: () => {} };
  let pending = 0;
  const settle = () => {
    pending -= 1;
    if (pending === 0) listeners.onDrain();
  };
  // A turn later, as a stream does, so that no writer is told in the middle of its work.
  const fail = (error: unknown) => void setImmediate(() => listeners.onError(asError(error)));
  const follow = (result: unknown) => {
    if (!(result instanceof Promise)) return;
    pending += 1;
    result.then(settle, fail);
  };
  return {
    ...terminalFacts(fd),
    write: (text) => {
      try {
        follow(writer.write(text));
        follow(writer.flush());
      } catch (error) {
        fail(error);
      }
      return pending === 0;
    },
    listen: (chosen) => (listeners = chosen),
  };
}

function terminalFacts(fd: 1 | 2): Pick<Sink, "isTTY" | "columns"> {
  if (!mayBeTerminal(fd)) return { isTTY: false, columns: undefined };
  const { isTTY, columns } = fd === 1 ? process.stdout : process.stderr;
  return { isTTY, columns: isTTY ? columns : undefined };
}

/** Whether it is a character device other than `/dev/null`. */
function mayBeTerminal(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() && stat.rdev !== statSync("/dev/null").rdev;
  } catch {
    // A descriptor that was closed is no terminal.
    return false;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
