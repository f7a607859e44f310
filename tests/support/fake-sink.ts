import type { Sink } from "../../src/cli/output.ts";

/** A stream that keeps what is written to it; a terminal when it has columns. */
export class FakeSink implements Sink {
  text = "";
  readonly isTTY: boolean;
  readonly columns: number;
  readonly #listeners: ((error: Error) => void)[] = [];

  constructor(columns?: number) {
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 0;
  }

  write(text: string | Uint8Array): boolean {
    this.text += typeof text === "string" ? text : new TextDecoder().decode(text);
    return true;
  }

  on(event: "drain" | "error", listener: (error: Error) => void): void {
    if (event === "error") this.#listeners.push(listener);
  }

  /** Fails as a stream does whose file cannot be written. */
  break(code: string): void {
    const error = Object.assign(new Error(`${code}: broken`), { code });
    for (const listener of this.#listeners) listener(error);
  }
}
