import { AoError, messageOf } from "../error.ts";
import { probeIdentity } from "../process/identity.ts";
import {
  adoptOperation,
  finishOperation,
  openOperations,
  type Operation,
} from "../store/operation.ts";
import { findSession, terminate } from "../store/session.ts";
import { undoClaim } from "./claim/claim.ts";
import { resumeCleanup } from "./cleanup.ts";
import type { Engine } from "./engine.ts";
import { adoptedJournal, isUnderWay, seeThrough } from "./journal.ts";
import { resumeKill } from "./kill.ts";
import { undoRestore } from "./restore.ts";
import { undoSpawn } from "./spawn.ts";

/** An operation that could not be finished this often is given up and shown by `ao doctor`. */
const attemptsLimit = 5;

/** How long a command waits for another process that recovers what it needs. */
const othersMs = 30_000;
const pollMs = 50;

/** Operations that no process is at any more: they wait to be finished or undone. */
export function deadOperations(engine: Engine): Operation[] {
  return openOperations(engine.store).filter((one) => ownerOf(engine, one) === "dead");
}

/**
 * Finishes or undoes what dead processes began, as far as a command needs it, and waits for other
 * processes that are doing so. What cannot be done now is told, and left for the next try.
 */
export async function recover(
  engine: Engine,
  wanted: (operation: Operation) => boolean = () => true,
): Promise<void> {
  await recoverDead(engine, wanted);
  const deadline = performance.now() + othersMs;
  const isOthers = ({ ownerPid }: Operation) => ownerPid !== process.pid;
  const isAwaited = (one: Operation) =>
    wanted(one) && one.attempts > 0 && isOthers(one) && ownerOf(engine, one) !== "dead";
  while (openOperations(engine.store).some(isAwaited) && performance.now() < deadline) {
    if (engine.interrupt.aborted) throw new AoError("interrupted", "interrupted");
    await Bun.sleep(pollMs);
  }
}

/** Finishes or undoes what dead processes began. Returns how many operations it took over. */
export async function recoverDead(
  engine: Engine,
  wanted: (operation: Operation) => boolean = () => true,
): Promise<number> {
  let count = 0;
  for (const operation of deadOperations(engine).filter(wanted)) {
    // Meanwhile by another call in this process.
    if (isUnderWay(operation)) continue;
    const isMine = engine.store.write((tx) => adoptOperation(tx, operation, engine.owner));
    if (!isMine) continue;
    count += 1;
    await seeThrough(operation, () => recoverOne(engine, operation));
  }
  return count;
}

function ownerOf({ owner }: Engine, operation: Operation) {
  const { ownerPid: pid, ownerStart: start } = operation;
  const isOwn = pid === owner.pid && start === owner.start;
  if (isOwn) return isUnderWay(operation) ? "alive" : "dead";
  return probeIdentity({ pid, start });
}

/** One that fails must not keep the others, nor the command that came by, from going on. */
async function recoverOne(engine: Engine, operation: Operation): Promise<void> {
  // What a dead process began is ended whole, whatever the person thinks of the present command.
  const patient = { ...engine, interrupt: new AbortController().signal };
  try {
    await finishOrUndo(patient, operation);
  } catch (error) {
    const { kind, sessionId } = operation;
    if (operation.attempts + 1 >= attemptsLimit) giveUp(engine, operation, messageOf(error));
    else adoptedJournal(engine, operation, () => ({})).abandon();
    if (!(error instanceof AoError)) throw error;
    engine.progress.note(`${kind} of ${sessionId} is not recovered yet: ${error.message}`);
  }
}

async function finishOrUndo(engine: Engine, operation: Operation): Promise<void> {
  const isThere = findSession(engine.store, operation.sessionId) !== undefined;
  switch (operation.kind) {
    case "spawn":
      return await undoSpawn(engine, operation);
    case "kill":
      return isThere ? await resumeKill(engine, operation) : closeWithoutRow(engine, operation);
    case "restore":
      return await undoRestore(engine, operation);
    case "cleanup":
      return isThere ? await resumeCleanup(engine, operation) : closeWithoutRow(engine, operation);
    case "claim":
      return await undoClaim(engine, operation);
    case "remove":
    case "recover":
      throw new Error(`operation ${operation.id} is of a kind that this ao does not recover`);
  }
}

function closeWithoutRow(engine: Engine, { id }: Operation): void {
  engine.store.write((tx) => finishOperation(tx, id, "its session is gone"));
}

/** The row must not say for ever that its agent is being started: ended, it can be cleaned up. */
function giveUp(engine: Engine, operation: Operation, error: string): void {
  engine.store.write((tx) => {
    const session = findSession(tx, operation.sessionId);
    const isStart = operation.kind === "spawn" || operation.kind === "restore";
    if (session && isStart) terminate(tx, session, "killed", null);
    finishOperation(tx, operation.id, `given up: ${error}`);
  });
}
