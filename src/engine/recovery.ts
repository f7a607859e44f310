import { messageOf } from "../error.ts";
import { probeIdentity } from "../process/identity.ts";
import {
  adoptOperation,
  finishOperation,
  openOperations,
  type Operation,
} from "../store/operation.ts";
import { findSession } from "../store/session.ts";
import { resumeCleanup } from "./cleanup.ts";
import type { Engine } from "./engine.ts";
import { adoptedJournal, undoSteps } from "./journal.ts";
import { resumeKill } from "./kill.ts";
import { undoRestore } from "./restore.ts";
import { removeTraces, type SpawnData, spawnSteps } from "./spawn.ts";
import { settleChildren } from "./workspace.ts";

/** An operation that could not be finished this often is given up and shown by `ao doctor`. */
const attemptsLimit = 5;

/** Operations whose process has died: they wait to be finished or undone. */
export function deadOperations(engine: Engine): Operation[] {
  return openOperations(engine.store).filter((operation) => {
    const owner = { pid: operation.ownerPid, start: operation.ownerStart };
    return probeIdentity(owner) === "dead";
  });
}

/**
 * Finishes or undoes what dead processes began: all of it, or only what a command needs.
 * Returns how many it took over. A failure leaves the operation for the next try.
 */
export async function recover(
  engine: Engine,
  wanted: (operation: Operation) => boolean = () => true,
): Promise<number> {
  let count = 0;
  for (const operation of deadOperations(engine).filter(wanted)) {
    const isMine = engine.store.write((tx) => adoptOperation(tx, operation, engine.owner));
    if (!isMine) continue;
    count += 1;
    await recoverOne(engine, operation);
  }
  return count;
}

async function recoverOne(engine: Engine, operation: Operation): Promise<void> {
  try {
    await finishOrUndo(engine, operation);
  } catch (error) {
    if (operation.attempts + 1 < attemptsLimit) throw error;
    engine.store.write((tx) => finishOperation(tx, operation.id, `given up: ${messageOf(error)}`));
  }
}

async function finishOrUndo(engine: Engine, operation: Operation): Promise<void> {
  if (!findSession(engine.store, operation.sessionId)) {
    engine.store.write((tx) => finishOperation(tx, operation.id, "its session is gone"));
    return;
  }
  switch (operation.kind) {
    case "spawn":
      return await undoSpawn(engine, operation);
    case "kill":
      return await resumeKill(engine, operation);
    case "restore":
      return await undoRestore(engine, operation);
    case "cleanup":
      return await resumeCleanup(engine, operation);
    case "claim":
    case "remove":
    case "recover":
      throw new Error(`operation ${operation.id} is of a kind that this ao does not recover`);
  }
}

async function undoSpawn(engine: Engine, operation: Operation): Promise<void> {
  const journal = adoptedJournal(engine, operation, (data) => data as SpawnData);
  const context = { engine, journal };
  const last = spawnSteps.findIndex((step) => step.name === operation.step);
  await settleChildren(journal.data.children ?? []);
  await undoSteps(journal, spawnSteps.slice(0, last + 1), context);
  removeTraces(context, "its process died");
}
