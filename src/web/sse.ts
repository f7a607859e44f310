import type { AoEvent, Cursor, LogReset } from "../domain/event.ts";
import type { EventFilter } from "../store/event.ts";
import { readOn } from "../store/follow.ts";
import type { Reader } from "../store/store.ts";
import type { Access } from "./guard.ts";
import type { Limits } from "./web.ts";

const encoder = new TextEncoder();

export interface EventStreamOptions {
  reader: Reader;
  start: Required<Cursor>;
  filter: EventFilter;
  limits: Limits;
  access: Access;
  /** Called once, however it ended. */
  onEnd: (stream: EventStream) => void;
}

/**
 * One client's way through the log. It pulls from its own cursor whenever the client has taken
 * what was sent before, so there is no buffer that could overflow: a slow client is merely late.
 */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #place: Required<Cursor>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isDue = true;
  #hasBegun = false;
  #hasEnded = false;
  #toldSeq: number;
  #resume = () => {};
  #beatAt = performance.now();
  #stall: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: EventStreamOptions) {
    this.#place = { ...options.start };
    this.#toldSeq = options.start.seq;
    this.body = new ReadableStream(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#pull(),
        cancel: () => this.#finish(),
      },
      // Nothing is read ahead of what the client takes.
      { highWaterMark: 0 },
    );
  }

  /** Something was committed. */
  wake(): void {
    this.#isDue = true;
    this.#resume();
  }

  /** Ends the stream in an orderly way. */
  close(): void {
    if (this.#hasEnded) return;
    this.#finish();
    this.#controller?.close();
  }

  async #pull(): Promise<void> {
    clearTimeout(this.#stall);
    while (!this.#hasEnded) {
      if (!this.options.access.isValid()) return this.close();
      const text = this.#hasBegun ? this.#next() : this.#opening();
      if (text !== "") return this.#write(this.#isBeatDue() ? text + this.#heartbeat() : text);
      if (await this.#quiet()) return this.#write(this.#heartbeat());
    }
  }

  /** The text of the next batch; empty when the log is dry. */
  #next(): string {
    while (this.#isDue) {
      // Before the look, so that a commit during it is not overlooked.
      this.#isDue = false;
      const { events, reset, isDry } = readOn(
        this.options.reader,
        this.#place,
        this.options.filter,
      );
      if (!isDry) this.#isDue = true;
      if (reset) return this.#told(framesOf([reset], this.#place));
      if (events.length > 0) return this.#told(framesOf(events, this.#place));
    }
    return "";
  }

  #told(text: string): string {
    this.#toldSeq = this.#place.seq;
    return text;
  }

  /** So that a client that is cut off before the first event goes on from here. */
  #opening(): string {
    this.#hasBegun = true;
    return `retry: 1000\nid: ${this.#place.epoch}.${this.#place.seq}\n\n`;
  }

  /** Never between two batches: it also says that there is no more for now. */
  #isBeatDue(): boolean {
    return !this.#isDue && this.#beatInMs() <= 0;
  }

  #beatInMs(): number {
    return this.#beatAt + this.options.limits.heartbeatMs - performance.now();
  }

  /** Moves the client's cursor past what its filter left out, lest retention overtakes it. */
  #heartbeat(): string {
    this.#beatAt = performance.now();
    if (this.#toldSeq === this.#place.seq) return ":\n\n";
    return this.#told(`id: ${this.#place.epoch}.${this.#place.seq}\n\n`);
  }

  /**
   * Waits for a commit; true when the time for a heartbeat came first. That counts from the last
   * heartbeat: commits come all the time, of what is no event, or none of this filter. And a page
   * reads with each what depends on time, also while much happens to others.
   */
  async #quiet(): Promise<boolean> {
    if (this.#isDue || this.#hasEnded) return false;
    const leftMs = this.#beatInMs();
    if (leftMs <= 0) return true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isOver = await new Promise<boolean>((resolve) => {
      this.#resume = () => resolve(false);
      timer = setTimeout(() => resolve(true), leftMs);
    });
    clearTimeout(timer);
    return isOver && !this.#hasEnded;
  }

  #write(text: string): void {
    this.#controller?.enqueue(encoder.encode(text));
    // Called again as soon as the client has taken this.
    this.#stall = setTimeout(() => this.#abandon(), this.options.limits.stallMs);
  }

  #abandon(): void {
    if (this.#hasEnded) return;
    this.#finish();
    this.#controller?.error(new Error("the client takes nothing"));
  }

  #finish(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#stall);
    this.#resume();
    this.options.onEnd(this);
  }
}

/** The frames of a batch; JSON has no line end of its own, so no data can break one. */
function framesOf(batch: readonly (AoEvent | LogReset)[], place: Required<Cursor>): string {
  let text = "";
  for (const event of batch) {
    const seq = "seq" in event ? event.seq : place.seq;
    const type = event.type.replaceAll(/[\r\n]/g, "_");
    text += `id: ${place.epoch}.${seq}\nevent: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
  }
  return text;
}
