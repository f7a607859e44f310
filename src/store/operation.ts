import { AoError } from "../error.ts";
import type { ProcessIdentity } from "../process/identity.ts";
import type { Reader, Transaction } from "./store.ts";

export type OperationKind =
  "spawn" | "kill" | "restore" | "cleanup" | "claim" | "remove" | "recover";

/** One line of the journal: an intent that was written before its effect. */
export interface Operation {
  id: string;
  kind: OperationKind;
  sessionId: string;
  projectId: string;
  /** The step that was about to be taken when this was written. */
  step: string;
  /** JSON of what finishing or undoing it needs. */
  data: string;
  ownerPid: number;
  ownerStart: string;
  attempts: number;
  startedAt: number;
}

/** Writes a new operation. Throws `conflict` when the session has one that is not finished. */
export function insertOperation(
  tx: Transaction,
  operation: Pick<Operation, "id" | "kind" | "sessionId" | "projectId" | "step" | "data">,
  owner: ProcessIdentity,
): void {
  const open = openOperationOf(tx, operation.sessionId);
  if (open) {
    const who =
      open.ownerPid === 0 ? "that waits to be tried again" : `by process ${open.ownerPid}`;
    throw new AoError(
      "conflict",
      `session ${operation.sessionId} is busy: ${open.kind} ${who}`,
      `try again when it is done: \`ao why ${operation.sessionId}\``,
    );
  }
  tx.change("operationInsert", {
    ...operation,
    ownerPid: owner.pid,
    ownerStart: owner.start,
    now: tx.now,
  });
}

/** Records the step that comes next. Throws `conflict` when another process took it over. */
export function recordStep(
  tx: Transaction,
  operation: Pick<Operation, "id" | "step" | "data">,
  owner: ProcessIdentity,
): void {
  const { id, step, data } = operation;
  const changes = tx.change("operationStep", {
    id,
    step,
    data,
    ownerPid: owner.pid,
    ownerStart: owner.start,
    now: tx.now,
  });
  if (changes === 0) throw new AoError("conflict", `operation ${id} was taken over`);
}

/** Closes an operation; with an error it counts as failed (and undone). */
export function finishOperation(tx: Transaction, id: string, error?: string): void {
  const failedAt = error === undefined ? null : tx.now;
  tx.change("operationFinish", { id, failedAt, error: error ?? null, now: tx.now });
}

/** Takes over a dead process's operation. False when another process was quicker. */
export function adoptOperation(
  tx: Transaction,
  operation: Pick<Operation, "id" | "ownerPid" | "ownerStart">,
  owner: ProcessIdentity,
): boolean {
  return (
    tx.change("operationAdopt", {
      id: operation.id,
      ownerPid: owner.pid,
      ownerStart: owner.start,
      deadPid: operation.ownerPid,
      deadStart: operation.ownerStart,
      now: tx.now,
    }) > 0
  );
}

/**
 * Lets go of an operation that could neither be finished nor undone, so that any process, this one
 * too, may try again: no process ever has the id 0.
 */
export function abandonOperation(tx: Transaction, id: string, owner: ProcessIdentity): void {
  tx.change("operationAbandon", { id, ownerPid: owner.pid, ownerStart: owner.start, now: tx.now });
}

/** Operations that are not finished, oldest first. */
export function openOperations(reader: Reader): Operation[] {
  return reader.all<Operation>("operationOpen");
}

/** The unfinished operation of a session, or undefined. */
export function openOperationOf(reader: Reader, sessionId: string): Operation | undefined {
  return reader.one<Operation>("operationOpenOf", { sessionId });
}

/** Operations that failed since a time, oldest first. */
export function failedOperations(
  reader: Reader,
  since: number,
): (Pick<Operation, "id" | "kind" | "sessionId"> & { error: string | null })[] {
  return reader.all("operationFailures", { after: since });
}
