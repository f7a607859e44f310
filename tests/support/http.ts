import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { waitFor } from "./wait.ts";

/** The token that a data directory has now. */
export function readToken(dataDir: string): string {
  return readFileSync(join(dataDir, "token"), "utf8").trim();
}

/** One frame of an event stream; without `data` it only tells of a cursor or that it lives. */
export interface Frame {
  id?: string;
  event?: string;
  data?: string;
}

/** A client of an event stream that keeps all that it was sent. */
export class StreamReader implements AsyncDisposable {
  readonly frames: Frame[] = [];
  /** The stream as it came. */
  text = "";
  hasEnded = false;
  error: unknown;
  readonly #leaving = new AbortController();
  readonly #reading: Promise<void>;
  #arrive = () => {};

  private constructor(readonly response: Response) {
    this.#reading = this.#read();
  }

  /** Throws when the stream is refused. */
  static async open(url: string, headers: Record<string, string>): Promise<StreamReader> {
    const leaving = new AbortController();
    const response = await fetch(url, { headers, signal: leaving.signal });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    const reader = new StreamReader(response);
    reader.#leaving.signal.addEventListener("abort", () => leaving.abort());
    return reader;
  }

  /** Sequence numbers of the events so far. */
  get seqs(): number[] {
    return this.events.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
  }

  get events(): { seq?: number; type: string; projectId?: string; payload: unknown }[] {
    return this.frames.flatMap(({ data }) => (data === undefined ? [] : [JSON.parse(data)]));
  }

  /** Waits until that many events have come. */
  async has(count: number, withinMs = 10_000): Promise<void> {
    const what = `event ${count} of the stream`;
    await waitFor(() => this.events.length >= count, { withinMs, what });
  }

  /** Resolves when the next piece has come, or nothing comes any more. */
  arrival(): Promise<void> {
    return new Promise((resolve) => (this.#arrive = resolve));
  }

  leave(): void {
    this.#leaving.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for await (const chunk of this.response.body ?? []) {
        const text = decoder.decode(chunk, { stream: true });
        this.text += text;
        const blocks = (rest + text).split("\n\n");
        rest = blocks.pop() ?? "";
        this.frames.push(...blocks.map(frameOf));
        this.#arrive();
      }
    } catch (error) {
      this.error = error;
    }
    this.hasEnded = true;
    this.#arrive();
  }
}

function frameOf(block: string): Frame {
  const frame: Record<string, string> = {};
  for (const line of block.split("\n")) {
    const [name = "", value] = line.split(/: ?(.*)/s);
    if (name !== "") frame[name] = value ?? "";
  }
  return frame;
}

/** What a server says to bytes that no client would send; it ends when the server closes. */
export async function speak(port: number, text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let answer = "";
  const socket = connect(port, "127.0.0.1", () => socket.write(text));
  socket.on("data", (bytes) => (answer += bytes.toString()));
  socket.on("close", () => resolve(answer));
  socket.on("error", reject);
  return await promise;
}
