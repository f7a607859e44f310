import { formatMs } from "./time.ts";

/** A list of steps with their times, drawn line by line on a terminal that allows going back. */
export class Steps {
  /** The step whose line is open, without its newline. */
  #open: string | undefined;
  readonly #write: ((text: string) => void) | undefined;

  /** Without a `write` nothing is shown. */
  constructor(write: ((text: string) => void) | undefined) {
    this.#write = write;
  }

  /** Runs one step; shows it while it runs, then with its time. Throws what the work throws. */
  async run<T>(name: string, work: () => Promise<T> | T): Promise<T> {
    if (!this.#write) return work();
    const startedAt = performance.now();
    this.interrupt();
    this.#open = name;
    this.#write(`  · ${name} …`);
    let mark = "✗";
    try {
      const result = await work();
      mark = "✓";
      return result;
    } finally {
      const line = `  ${mark} ${name}  ${formatMs(performance.now() - startedAt)}\n`;
      this.#write(this.#open === name ? `\r\u001b[K${line}` : line);
      this.#open = undefined;
    }
  }

  /** Shows text below the open step, each line set in. */
  print(text: string): void {
    if (!this.#write || text === "") return;
    this.interrupt();
    this.#write(`${text.replace(/\n$/, "").replace(/^/gm, "    ")}\n`);
  }

  /** Ends the open line, so that other text can follow on its own. */
  interrupt(): void {
    if (this.#open !== undefined) this.#write?.("\n");
    this.#open = undefined;
  }
}
