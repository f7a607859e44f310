/**
 * Bun tells of every write that it could pass on in one piece that it has drained, but not always
 * of one that a terminal took in several (its buffer holds 4,095 bytes; seen in Bun 1.4.5).
 */
const chunkBytes = 1_000;

/** What is not told of after this is followed by the next piece, which Bun keeps in order. */
const patienceMs = 1_000;

/** Bytes on their way into a terminal: a little at a time, each when the one before is taken. */
export class PacedWriter {
  private queue: Uint8Array[] = [];
  private queuedBytes = 0;
  private givenBytes = 0;
  private timer: Timer | undefined;

  constructor(
    private readonly give: (bytes: Uint8Array) => void,
    /** Called when nothing waits any more. */
    private readonly onIdle: () => void,
  ) {}

  /** Bytes that may not be with the system yet. */
  get waitingBytes(): number {
    return this.queuedBytes + this.givenBytes;
  }

  write(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; start += chunkBytes) {
      this.queue.push(bytes.slice(start, start + chunkBytes));
    }
    this.queuedBytes += bytes.length;
    if (this.givenBytes === 0) this.next();
  }

  /** To be called when the terminal has taken all that it was given. */
  drained(): void {
    this.givenBytes = 0;
    this.next();
    if (this.waitingBytes === 0) this.onIdle();
  }

  /** Forgets what waits. */
  close(): void {
    clearTimeout(this.timer);
    this.queue = [];
    this.queuedBytes = this.givenBytes = 0;
  }

  private next(): void {
    clearTimeout(this.timer);
    const chunk = this.queue.shift();
    if (!chunk) return;
    this.queuedBytes -= chunk.length;
    this.givenBytes += chunk.length;
    this.timer = setTimeout(() => this.next(), patienceMs);
    this.give(chunk);
  }
}
