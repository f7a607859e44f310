import type { Sink, SinkListeners } from "../../src/cli/sink.ts";

/** A stream that keeps what is written to it; a terminal when it has columns. */
export class FakeSink implements Sink {
  text = "";
  readonly isTTY: boolean;
  readonly columns: number;
  readonly #listeners: SinkListeners[] = [];

  constructor(columns?: number) {
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 0;
  }

  write(text: string | Uint8Array): boolean {
    this.text += typeof text === "string" ? text : new TextDecoder().decode(text);
    return true;
  }

  listen(listeners: SinkListeners): void {
    this.#listeners.push(listeners);
  }

  /** Fails as a stream does whose file cannot be written. */
  break(code: string): void {
    const error = Object.assign(new Error(`${code}: broken`), { code });
    for (const listener of this.#listeners) listener.onError(error);
  }
}
