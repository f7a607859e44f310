/** The part of a socket that an outbox writes to; `write` may take less than it is given. */
export interface Sink {
  write(bytes: Uint8Array): number;
}

/** Bytes on their way into a socket that takes them as fast as its reader reads. */
export class Outbox {
  private queue: Uint8Array[] = [];
  private readonly waiting: (() => void)[] = [];
  /** Bytes that the socket has not taken yet. */
  size = 0;

  constructor(private readonly sink: Sink) {}

  send(bytes: Uint8Array): void {
    this.queue.push(bytes);
    this.size += bytes.length;
    if (this.queue.length === 1) this.flush();
  }

  /** To be called when the socket takes bytes again. */
  flush(): void {
    for (let first = this.queue[0]; first; first = this.queue[0]) {
      const taken = this.sink.write(first);
      if (taken < 0) return;
      this.size -= taken;
      if (taken < first.length) {
        this.queue[0] = first.subarray(taken);
        return;
      }
      this.queue.shift();
    }
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Resolves when everything is with the system. */
  async drained(): Promise<void> {
    if (this.size > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
