import { startingMs } from "../domain/delivery.ts";
import { acquireLease, releaseLease } from "../store/lease.ts";
import {
  forgetEvents,
  forgetFinished,
  retentionDefaults,
  type RetentionLimits,
} from "../store/retention.ts";
import { findSession } from "../store/session.ts";
import type { Fence } from "../store/store.ts";
import { loadConfig } from "./config.ts";
import { deliverInbox, waitingInboxes } from "./deliver.ts";
import type { Engine } from "./engine.ts";
import { sinksOf } from "./notify-due.ts";
import { observeOnce } from "./observing.ts";
import { recoverDead } from "./recovery.ts";
import { watchScreensOnce } from "./screen-watch.ts";

/** One round of what must not wait, for the detached helper of a short command. */
export async function runOnce(engine: Engine): Promise<void> {
  await recoverDead(engine);
  await watchScreensOnce(engine);
  const deadline = performance.now() + quietMs;
  for (;;) {
    await deliverAll(engine);
    if (waitingInboxes(engine).length === 0 || performance.now() >= deadline) break;
    await Bun.sleep(betweenMs);
  }
  await deliverToStarting(engine);
  await observeOnce(engine);
  await tellSinks(engine);
}

/** A text that waits for an agent to come up is not left to the next command. One process waits. */
async function deliverToStarting(engine: Engine): Promise<void> {
  const { store, owner } = engine;
  if (!isAnyStarting(engine)) return;
  const fence = acquireLease(store, "deliver-to-starting", owner, 2 * startingMs);
  if (!fence) return;
  try {
    while (isAnyStarting(engine)) {
      await Bun.sleep(passMs);
      await deliverAll(engine);
    }
  } finally {
    releaseLease(store, fence);
  }
}

function isAnyStarting(engine: Engine): boolean {
  const launches = waitingInboxes(engine).map((id) => findSession(engine.store, id)?.launchedAt);
  return launches.some((at) => Date.now() - (at ?? -Infinity) < startingMs);
}

/**
 * One inbox that waits for its receipt holds up neither the others nor the next pass, which finds
 * its lease taken.
 */
export async function deliverPass(engine: Engine): Promise<void> {
  await Promise.race([deliverAll(engine), Bun.sleep(passMs)]);
}

/** A sink that takes its time keeps the others waiting no more than an inbox does. */
export async function notifyPass(engine: Engine, fence: Fence): Promise<void> {
  await Promise.race([tellSinks(engine, fence), Bun.sleep(notifyMs)]);
}

async function tellSinks(engine: Engine, fence?: Fence): Promise<void> {
  const sinks = await sinksOf(engine.dataDir);
  if (sinks.length === 0) return;
  const { notifyOnce } = await import("./notify.ts");
  await notifyOnce(engine, sinks, { fence });
}

const notifyMs = 2_000;

const passMs = 500;

/** Between two looks of the detached helper. */
const betweenMs = 100;

/** How long the detached helper waits for a terminal to fall silent. */
const quietMs = 3_000;

async function deliverAll(engine: Engine): Promise<void> {
  await Promise.all(waitingInboxes(engine).map((sessionId) => deliverInbox(engine, sessionId)));
}

/** Forgets events and finished things that are older or more than is kept. */
export function forget(engine: Engine, fence: Fence, now: number): void {
  const { retention = {} } = loadConfig(engine.dataDir);
  const limits: RetentionLimits = {
    ageMs: (retention.days ?? 0) * 86_400_000 || retentionDefaults.ageMs,
    rows: retention.rows ?? retentionDefaults.rows,
    bytes: (retention.megabytes ?? 0) * 1024 * 1024 || retentionDefaults.bytes,
  };
  forgetEvents(engine.store, limits, now, { batches: 20, fence });
  forgetFinished(engine.store, now - limits.ageMs, fence);
}
