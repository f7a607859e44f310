import { findLease, isHeld } from "../store/lease.ts";
import { openOperations } from "../store/operation.ts";
import { launchesToProbe } from "../store/session.ts";
import type { Engine } from "./engine.ts";
import { isLookDue } from "./github/observing.ts";
import { waitingInboxes } from "./inbox.ts";
import { loopsLease } from "./loops-lease.ts";
import { isNotifyDue } from "./notify/due.ts";
import { reap } from "./reap.ts";
import { isScreenDue } from "./silent.ts";
import { takeTurn } from "./turn.ts";

/** A pass this young is fresh enough for the next short command. */
const passMs = 1_000;

/** A look at tmux starts a client of it, so it is left to a helper, as often as the loops look. */
const tmuxMs = 10_000;

/**
 * The bounded pass of a short command, where no process holds the loops: process identities only,
 * at most once a second. What takes longer goes to a detached process, so nobody waits for it.
 */
export async function briefPass(engine: Engine): Promise<void> {
  const { store } = engine;
  if (isHeld(findLease(store, loopsLease), Date.now())) return;
  if (!takeTurn(engine.dataDir, "last-pass", passMs)) return;
  await reap(engine, { runtimes: ["pty"], now: Date.now() });
  const isHelpDue = isLookDue(engine) || isScreenDue(engine, Date.now()) || isTmuxDue(engine);
  if (isHelpDue || (await isWorkLeft(engine))) await startHelper(engine);
}

function isTmuxDue({ dataDir, store }: Engine): boolean {
  return takeTurn(dataDir, "last-tmux-due", tmuxMs) && launchesToProbe(store, "tmux").length > 0;
}

async function isWorkLeft(engine: Engine): Promise<boolean> {
  if (waitingInboxes(engine).length > 0) return true;
  if (await isNotifyDue(engine.store)) return true;
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
  const [{ startDetached }, { ownEnvironment }, { askingVariables }] = await Promise.all([
    import("../process/detach.ts"),
    import("../runtime/environment.ts"),
    import("../github/token.ts"),
  ]);
  const argv = [...engine.self, "__run-once", "--data-dir", engine.dataDir];
  const asking = askingVariables.flatMap((name): [string, string][] => {
    const value = engine.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  startDetached(argv, { env: { ...ownEnvironment(engine.env), ...Object.fromEntries(asking) } });
}
