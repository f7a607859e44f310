import { startDetached } from "../process/detach.ts";
import { ownEnvironment } from "../runtime/environment.ts";
import { acquireLease, findLease, isHeld } from "../store/lease.ts";
import { waitingInboxes } from "./deliver.ts";
import type { Engine } from "./engine.ts";
import { loopsLease } from "./loops.ts";
import { reap } from "./reap.ts";
import { deadOperations } from "./recovery.ts";

/** A pass this young is fresh enough for the next short command. */
const passMs = 1_000;

/**
 * The bounded pass of a short command, where no process holds the loops: process identities only,
 * at most once a second. What takes longer goes to a detached process, so nobody waits for it.
 */
export async function briefPass(engine: Engine): Promise<void> {
  const { store } = engine;
  if (isHeld(findLease(store, loopsLease), Date.now())) return;
  const last = findLease(store, "pass");
  // Not `isHeld`: that the command which made the last pass has ended does not make it stale.
  if (last && last.expiresAt > Date.now()) return;
  if (!acquireLease(store, "pass", engine.owner, passMs)) return;
  await reap(engine, { runtimes: ["pty"], now: Date.now() });
  const isWorkLeft = deadOperations(engine).length > 0 || waitingInboxes(engine).length > 0;
  if (isWorkLeft) await startHelper(engine);
}

/** Starts a process that recovers and delivers, so that the person need not wait for it. */
export async function startHelper(engine: Engine): Promise<void> {
  const argv = [...engine.self, "__run-once", "--data-dir", engine.dataDir];
  startDetached(argv, { env: ownEnvironment(engine.env) });
}
