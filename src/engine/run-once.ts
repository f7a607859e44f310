import { startingMs } from "../domain/delivery.ts";
import { acquireLease, releaseLease } from "../store/lease.ts";
import { findSession } from "../store/session.ts";
import type { Fence } from "../store/store.ts";
import { deliverInbox } from "./deliver.ts";
import type { Engine } from "./engine.ts";
import { forgetDaily } from "./forget.ts";
import { giveFeedback } from "./github/feedback.ts";
import { mayAsk, observeOnce } from "./github/observing.ts";
import { waitingInboxes } from "./inbox.ts";
import { sinksOf } from "./notify/due.ts";
import { reap } from "./reap.ts";
import { recoverDead } from "./recovery.ts";
import { watchScreensOnce } from "./screen-watch.ts";

/** How long the detached helper waits for a terminal to fall silent. */
const quietMs = 3_000;

/** Between two looks of the helper. */
const restMs = 100;

/** How long a pass waits for what goes on by itself. */
const passMs = 500;
const notifyMs = 2_000;

export interface RunOptions {
  /** Started by an agent's hook or end, whose environment lacks the person's tokens. */
  isByAgent?: boolean;
}

/**
 * One round of what must not wait, for the detached helper of a short command. Throws what went
 * wrong first, after all the rest was done: nobody else comes by until the next command.
 */
export async function runOnce(engine: Engine, options: RunOptions = {}): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts) {
    try {
      await part(engine, options);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

const parts: ((engine: Engine, options: RunOptions) => unknown)[] = [
  (engine) => recoverDead(engine),
  (engine) => reap(engine, { runtimes: ["tmux"], now: Date.now() }),
  watchScreensOnce,
  deliverPatiently,
  lookAtGitHub,
  // What somebody who leads has done already is found done.
  (engine) => giveFeedback(engine),
  deliverAll,
  (engine) => tellSinks(engine),
  forgetDaily,
];

async function deliverPatiently(engine: Engine): Promise<void> {
  const deadline = performance.now() + quietMs;
  for (;;) {
    await deliverAll(engine);
    if (waitingInboxes(engine).length === 0 || performance.now() >= deadline) break;
    await Bun.sleep(restMs);
  }
  await deliverToStarting(engine);
}

/** While it looked, it led, so that nobody else was sent to deliver. */
async function lookAtGitHub(engine: Engine, { isByAgent = false }: RunOptions): Promise<void> {
  if (isByAgent && !(await mayAsk(engine))) return;
  if (await observeOnce(engine)) await deliverPatiently(engine);
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
  const { notifyOnce } = await import("./notify/notify.ts");
  await notifyOnce(engine, sinks, { fence });
}

/** What goes wrong with one inbox is thrown when the others were seen to. */
async function deliverAll(engine: Engine): Promise<void> {
  const inboxes = waitingInboxes(engine);
  const ends = await Promise.allSettled(inboxes.map((id) => deliverInbox(engine, id)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
