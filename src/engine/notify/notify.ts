import type { SinkName } from "../../domain/notification.ts";
import { AoError } from "../../error.ts";
import { probeIdentity } from "../../process/identity.ts";
import {
  beginDelivery,
  type DeliveryEnd,
  endDelivery,
  openDeliveries,
  waitingFor,
} from "../../store/notification-delivery.ts";
import type { Fence } from "../../store/store.ts";
import type { Engine } from "../engine.ts";
import { type NotificationView, viewOf } from "./notifications.ts";
import { configuredSinks, type Sink, tellSink } from "./sinks.ts";

/** Notifications that come within `windowMs` are one message; a sink gets `perMinute` of these. */
const limits = { windowMs: 1_000, perMinute: 5 };

/** A batch that takes longer was cut off, whoever began it. */
const lostMs = 60_000;

export interface NotifyOptions {
  fence?: Fence | undefined;
  /** After this long a sink's program is ended. */
  timeoutMs?: number;
  now?: number;
}

/**
 * Tells the sinks of what they were not told of yet, one message each at most. Each attempt is
 * noted before it is made, so that several processes, and one that dies in between, tell nothing
 * twice. Throws `conflict` when the fence's lease was lost.
 */
export async function notifyOnce(
  engine: Engine,
  sinks: readonly Sink[],
  options: NotifyOptions = {},
): Promise<void> {
  giveUpLost(engine);
  await Promise.all(sinks.map((sink) => notifySink(engine, sink, options)));
}

/** How a way out took a trial. */
export interface TriedSink extends DeliveryEnd {
  sink: SinkName;
}

/**
 * Sends one notification by each way that is configured, without storing anything.
 * Throws `unavailable` when there is none, `usage` when the configuration is wrong.
 */
export async function tryingSinks(engine: Engine): Promise<TriedSink[]> {
  const sinks = configuredSinks(engine.dataDir);
  if (sinks.length === 0) {
    const hint = `write \`[notify]\` and \`desktop = true\` into ${engine.dataDir}/config.toml`;
    throw new AoError("unavailable", "no way to notify is configured", hint);
  }
  const view: NotificationView = {
    id: crypto.randomUUID(),
    type: "test",
    projectId: "",
    sessionId: null,
    prKey: null,
    prUrl: null,
    title: "ao can reach you",
    body: "This is how it tells you that an agent needs you.",
    createdAt: new Date().toISOString(),
    seenAt: null,
    resolvedAt: null,
  };
  return await Promise.all(
    sinks.map(async (sink) => ({ sink: sink.sink, ...(await tellSink(engine, sink, [view])) })),
  );
}

/** What came while a message was on its way was nobody else's to take. */
async function notifySink(engine: Engine, sink: Sink, options: NotifyOptions): Promise<void> {
  while (await tellNext(engine, sink, options));
}

/** Sends one message, if there is anything to tell. Returns whether the sink took it. */
async function tellNext(
  engine: Engine,
  sink: Sink,
  { fence, timeoutMs, now = Date.now() }: NotifyOptions,
): Promise<boolean> {
  const { store, owner } = engine;
  const [first] = waitingFor(store, sink, now);
  if (!first) return false;
  // What belongs together seldom comes in one instant.
  const restMs = Math.min(limits.windowMs, first.createdAt + limits.windowMs - now);
  if (restMs > 0) await Bun.sleep(restMs);
  const batch = crypto.randomUUID();
  const taken = store.write((tx) => beginDelivery(tx, sink, { batch, owner, ...limits }), fence);
  if (!taken) return false;
  const end = await tellSink(engine, sink, taken.map(viewOf), timeoutMs);
  // Without the fence: it is the end of this very batch, whoever leads by now.
  store.write((tx) => endDelivery(tx, { sink: sink.sink, batch }, end));
  return end.state === "sent";
}

/** Ends the batches of processes that died on the way: they may have been told, or not. */
function giveUpLost({ store }: Engine): void {
  const lost = openDeliveries(store).filter(({ ownerPid: pid, ownerStart: start, startedAt }) => {
    return Date.now() - startedAt > lostMs || probeIdentity({ pid, start }) === "dead";
  });
  if (lost.length === 0) return;
  const error = "the process that delivered it ended on the way";
  store.write((tx) => {
    for (const batch of lost) {
      endDelivery(tx, { sink: batch.sink, batch: batch.batch }, { state: "unconfirmed", error });
    }
  });
}
