import { statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { findLease, isHeld } from "../store/lease.ts";
import { sessionsWithMessages } from "../store/message.ts";
import { openOperations } from "../store/operation.ts";
import type { Engine } from "./engine.ts";
import { loopsLease } from "./loops-lease.ts";
import { reap } from "./reap.ts";

/** A pass this young is fresh enough for the next short command. */
const passMs = 1_000;

/**
 * The bounded pass of a short command, where no process holds the loops: process identities only,
 * at most once a second. What takes longer goes to a detached process, so nobody waits for it.
 */
export async function briefPass(engine: Engine): Promise<void> {
  const { store } = engine;
  if (isHeld(findLease(store, loopsLease), Date.now())) return;
  if (!takePass(engine.dataDir)) return;
  await reap(engine, { runtimes: ["pty"], now: Date.now() });
  if (await isWorkLeft(engine)) await startHelper(engine);
}

/**
 * Whether the last pass is old enough. It is the time of a file and not a row: a write to the
 * store costs several flushes of the disk, and two passes at once do no harm.
 */
function takePass(dataDir: string): boolean {
  const path = join(dataDir, "last-pass");
  const now = Date.now();
  const last = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (last !== undefined && last <= now && now - last < passMs) return false;
  try {
    if (last === undefined) writeFileSync(path, "", { mode: 0o600 });
    else utimesSync(path, now / 1_000, now / 1_000);
  } catch {
    // A full disk, say: without the mark the pass is only made more often.
  }
  return true;
}

async function isWorkLeft(engine: Engine): Promise<boolean> {
  if (sessionsWithMessages(engine.store).length > 0) {
    const { waitingInboxes } = await import("./deliver.ts");
    if (waitingInboxes(engine).length > 0) return true;
  }
  if (openOperations(engine.store).length === 0) return false;
  // Recovery knows every kind of operation, and hardly any pass finds one.
  const { deadOperations } = await import("./recovery.ts");
  return deadOperations(engine).length > 0;
}

/** Lets a detached process deliver what waits now, where no process holds the loops. */
export async function startDelivery(engine: Engine): Promise<void> {
  if (isHeld(findLease(engine.store, loopsLease), Date.now())) return;
  await startHelper(engine);
}

async function startHelper(engine: Engine): Promise<void> {
  const [{ startDetached }, { ownEnvironment }] = await Promise.all([
    import("../process/detach.ts"),
    import("../runtime/environment.ts"),
  ]);
  const argv = [...engine.self, "__run-once", "--data-dir", engine.dataDir];
  startDetached(argv, { env: ownEnvironment(engine.env) });
}
