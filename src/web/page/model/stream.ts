/** One block of a server-sent event stream. Without `data` it is a heartbeat. */
export interface StreamMessage {
  /** The cursor after it; the last one that was told, if it has none itself. */
  id: string | undefined;
  data: string;
}

/**
 * Reads a stream of server-sent events (HTML standard, "Interpreting an event stream") from pieces
 * that may end anywhere. Blocks without data are given out too: they say that the server lives,
 * and where it is.
 */
export class StreamReader {
  #rest = "";
  #id: string | undefined;
  #data: string[] = [];
  #isBegun = false;

  /** Takes the next piece in, and returns the blocks that it completes. */
  push(piece: string): StreamMessage[] {
    const found: StreamMessage[] = [];
    // A CR at the very end may be the first half of a line end.
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line !== "") {
        this.#field(line);
        continue;
      }
      if (this.#isBegun) found.push({ id: this.#id, data: this.#data.join("\n") });
      this.#isBegun = false;
      this.#data = [];
    }
    return found;
  }

  #field(line: string): void {
    this.#isBegun = true;
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "id") this.#id = value;
    else if (name === "data") this.#data.push(value);
  }
}
