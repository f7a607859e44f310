import { type AoEvent, eventTypes, type LogReset } from "../domain/event.ts";
import { refuseUnknown } from "../engine/event-scope.ts";
import { Loops } from "../engine/loops.ts";
import { briefPass } from "../engine/pass.ts";
import { AoError, messageOf } from "../error.ts";
import { acknowledge, consumerCursor, resetConsumer } from "../store/consumer.ts";
import {
  checkCursor,
  cursorAt,
  cursorBeforeLast,
  type EventFilter,
  eventsAfter,
  logBounds,
} from "../store/event.ts";
import { follow } from "../store/follow.ts";
import type { Store } from "../store/store.ts";
import { command, type Context } from "./command.ts";
import { eventLine, resetLine } from "./event-line.ts";
import { parseCount, parseDuration } from "./time.ts";

/** Shown without any flag that says where to begin. */
const defaultCount = 50;
const batchSize = 500;

export const events = command({
  meta: { name: "events", description: "Print what happened, and follow what happens" },
  details:
    "Without a flag that says where to begin: the last 50. A cursor that the log no longer " +
    "covers is answered with one log_reset record, then goes on. While it follows, this command " +
    "also keeps the background loops alive.",
  args: {
    follow: { type: "boolean", alias: "f", description: "Go on as things happen" },
    after: { type: "string", description: "Events after this sequence number", valueHint: "seq" },
    since: { type: "string", description: "Events of the last 2h, 30m, 7d", valueHint: "duration" },
    all: { type: "boolean", description: "Everything that is kept" },
    session: { type: "string", description: "Only of this session", complete: "session" },
    type: { type: "string", description: "Only these types, with commas between" },
    consumer: {
      type: "string",
      description: "Go on where this name left off, and remember",
      valueHint: "name",
    },
    schema: { type: "boolean", description: "Print every type with its payload's fields" },
  },
  example: "ao events --follow --project shop",
  async run(context, args) {
    if (args.schema) return printSchema(context);
    const filter = filterOf(args.session, args.type, context.globals.project);
    refuseTwoStarts([args.after, args.since, args.all || undefined, args.consumer]);
    const engine = await context.openEngine();
    const { store } = engine;
    refuseUnknown(store, filter);
    if (!args.follow) await briefPass(engine);
    const start = startOf(store, filter, args);
    const reader = new EventReader(context, store, args.consumer);
    const { after, reset } = checkCursor(store, start);
    if (reset) reader.reset(reset);
    if (!args.follow) return reader.drain(after, filter);
    const loops = new Loops(engine, (error) => context.output.warn(messageOf(error)));
    loops.start();
    const signal = AbortSignal.any([context.interrupt, context.output.closed]);
    try {
      const following = follow(store, {
        after,
        filter,
        signal,
        onBatch: (batch) => reader.show(batch),
        onReset: (notice) => reader.reset(notice),
      });
      await Promise.race([following, loops.failed]);
    } finally {
      await loops.stop();
    }
  },
});

/** Prints events; acknowledges them for a named consumer once they are written. */
class EventReader {
  constructor(
    private readonly context: Context,
    private readonly store: Store,
    private readonly consumer: string | undefined,
  ) {}

  async show(batch: AoEvent[]): Promise<void> {
    const { output } = this.context;
    const lines = batch.map((event) =>
      output.isJson ? JSON.stringify(event) : cut(eventLine(event, output.paint), output.width),
    );
    output.data(`${lines.join("\n")}\n`);
    const last = batch.at(-1);
    const { consumer } = this;
    if (consumer === undefined || !last) return;
    // Only what has left this process counts as seen.
    await output.flush();
    if (output.closed.aborted) return;
    const { epoch } = logBounds(this.store);
    this.store.write((tx) => acknowledge(tx, consumer, { epoch, seq: last.seq }));
  }

  reset(notice: LogReset): void {
    const { output } = this.context;
    output.line(output.isJson ? JSON.stringify(notice) : resetLine(notice));
    const { consumer } = this;
    if (consumer === undefined) return;
    const { epoch, floor, head, reason } = notice.payload;
    const seq = reason === "ahead" ? head : floor;
    this.store.write((tx) => resetConsumer(tx, consumer, { epoch, seq }));
  }

  async drain(from: number, filter: EventFilter): Promise<void> {
    // The head is taken first: a busy log must not keep a plain listing from ending.
    const { head } = logBounds(this.store);
    let after = from;
    while (after < head && !this.context.output.closed.aborted) {
      const batch = eventsAfter(this.store, after, filter, batchSize);
      const last = batch.at(-1);
      if (!last) return;
      await this.show(batch);
      await this.context.output.flush();
      after = last.seq;
    }
  }
}

/** Cuts a line that may have colours to the columns of a terminal. */
function cut(line: string, width: number | undefined): string {
  return width === undefined ? line : Bun.sliceAnsi(line, 0, width, { ellipsis: "…" });
}

function startOf(
  store: Store,
  filter: EventFilter,
  args: {
    after: string | undefined;
    since: string | undefined;
    all: boolean;
    consumer: string | undefined;
  },
): { epoch?: string | undefined; seq: number } {
  if (args.after !== undefined) return { seq: parseCount("--after", args.after) };
  if (args.since !== undefined) {
    return { seq: cursorAt(store, Date.now() - parseDuration("--since", args.since)) };
  }
  const { floor } = logBounds(store);
  if (args.all) return { seq: floor };
  if (args.consumer !== undefined) return consumerCursor(store, args.consumer) ?? { seq: floor };
  return { seq: Math.max(floor, cursorBeforeLast(store, filter, defaultCount)) };
}

function filterOf(
  sessionId: string | undefined,
  types: string | undefined,
  projectId: string | undefined,
): EventFilter {
  const names = types?.split(",").map((name) => name.trim());
  const unknown = names?.find((name) => !Object.hasOwn(eventTypes, name));
  if (unknown !== undefined) {
    throw new AoError("usage", `event type ${unknown} is not known`, "ao events --schema");
  }
  return { sessionId, projectId, types: names };
}

function refuseTwoStarts(starts: unknown[]): void {
  if (starts.filter((start) => start !== undefined).length < 2) return;
  throw new AoError(
    "usage",
    "--after, --since, --all and --consumer all say where to begin",
    "leave out all but one",
  );
}

function printSchema({ output }: Context): void {
  const types = Object.entries(eventTypes).map(([type, { when, fields }]) => ({
    type,
    when,
    payload: fields.split(" "),
  }));
  output.result({ types }, () =>
    types.map(({ type, when, payload }) => `${type}: ${when}\n  ${payload.join(" ")}`).join("\n"),
  );
}
