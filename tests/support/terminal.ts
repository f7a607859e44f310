import { Terminal as Emulator } from "@xterm/headless";

import { waitFor } from "./wait.ts";

/** A program in a terminal of its own, and what a person would see there. */
export class Terminal implements AsyncDisposable {
  /** Everything that was printed, escape sequences included. */
  raw = "";
  readonly process: Bun.Subprocess;
  readonly #emulator: Emulator;
  readonly #pty: Bun.Terminal;

  constructor(
    argv: string[],
    options: { cwd: string; env: Record<string, string>; columns?: number; rows?: number },
  ) {
    const { cwd, env, columns: cols = 80, rows = 24 } = options;
    this.#emulator = new Emulator({ cols, rows, allowProposedApi: true });
    const decoder = new TextDecoder();
    const data = (_terminal: Bun.Terminal, bytes: Uint8Array) => {
      this.raw += decoder.decode(bytes, { stream: true });
      this.#emulator.write(bytes);
    };
    this.process = Bun.spawn(argv, {
      cwd,
      env: { TERM: "xterm-256color", ...env },
      terminal: { cols, rows, data },
    });
    if (!this.process.terminal) throw new Error("no terminal was made");
    this.#pty = this.process.terminal;
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
    this.#emulator.resize(columns, rows);
  }

  /** Whether the line discipline echoes and collects lines, as a shell expects it. */
  get isCooked(): boolean {
    const [echo, canonical] = [0o10, 0o2];
    return (this.#pty.localFlags & echo) !== 0 && (this.#pty.localFlags & canonical) !== 0;
  }

  /** The lines on the screen, without trailing blanks and empty lines at the end. */
  get screen(): string {
    const buffer = this.#emulator.buffer.active;
    const lines = Array.from({ length: this.#emulator.rows }, (_, row) =>
      (buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? "").trimEnd(),
    );
    return lines.join("\n").trimEnd();
  }

  /** Waits until the screen matches; the error shows what it was. */
  async shows(pattern: RegExp | string, withinMs = 15_000): Promise<void> {
    const isShown = () =>
      typeof pattern === "string" ? this.screen.includes(pattern) : pattern.test(this.screen);
    try {
      await waitFor(isShown, { withinMs });
    } catch (error) {
      throw new Error(`${pattern} is not on the screen:\n${this.screen}`, { cause: error });
    }
  }

  /** Waits for the end; returns the exit code. */
  async ended(): Promise<number> {
    return await this.process.exited;
  }

  /** Goes away as the window of a terminal does that is closed. */
  hangUp(): void {
    this.#pty.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
    if (!this.#pty.closed) this.#pty.close();
    this.#emulator.dispose();
  }
}
