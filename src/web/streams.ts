import type { Cursor } from "../domain/event.ts";
import type { EventFilter } from "../store/event.ts";
import { watchCommits } from "../store/follow.ts";
import type { Store } from "../store/store.ts";
import { Refusal } from "./envelope.ts";
import type { Access } from "./guard.ts";
import { EventStream } from "./sse.ts";
import type { Limits } from "./web.ts";

/** All event streams of a daemon, woken together by one watch of the store. */
export class Streams {
  readonly #streams = new Set<EventStream>();
  readonly #unwatch: () => void;

  constructor(
    private readonly store: Store,
    private readonly limits: Limits,
  ) {
    this.#unwatch = watchCommits(store, () => {
      for (const stream of this.#streams) stream.wake();
    });
  }

  /** How many there are now. */
  get open(): number {
    return this.#streams.size;
  }

  /** Begins a stream. Throws a refusal when there are too many. */
  begin(start: Required<Cursor>, filter: EventFilter, access: Access): Response {
    if (this.open >= this.limits.streams) {
      const message = `${this.open} event streams are open, and no more are allowed`;
      throw new Refusal(429, "TOO_MANY_STREAMS", message);
    }
    const { store: reader, limits } = this;
    const onEnd = (stream: EventStream) => this.#streams.delete(stream);
    const stream = new EventStream({ reader, start, filter, limits, access, onEnd });
    this.#streams.add(stream);
    return new Response(stream.body, {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      },
    });
  }

  /** Ends all at once. */
  stop(): void {
    this.#unwatch();
    for (const stream of this.#streams) stream.close();
  }
}
