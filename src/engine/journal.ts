import { AoError, messageOf } from "../error.ts";
import { failpoint } from "../process/failpoint.ts";
import type { ProcessIdentity } from "../process/identity.ts";
import {
  finishOperation,
  insertOperation,
  type Operation,
  type OperationKind,
  recordStep,
} from "../store/operation.ts";
import type { Transaction } from "../store/store.ts";
import type { Engine } from "./engine.ts";

/** What an operation needs to be finished or undone by another process. */
export interface JournalData {
  /** Children of the step that is being taken: ended or awaited before anything is undone. */
  children?: ProcessIdentity[];
  [key: string]: unknown;
}

/** One step of a journaled operation. `undo` works from the journal alone, and twice as well. */
export interface Step<Context> {
  name: string;
  /** What a person who waits is shown; absent for what takes no time. */
  label?: string;
  run(context: Context): Promise<void> | void;
  undo?(context: Context): Promise<void> | void;
}

/** The journal of one operation that this process owns. */
export interface Journal<Data extends JournalData> {
  readonly id: string;
  readonly kind: OperationKind;
  readonly sessionId: string;
  readonly projectId: string;
  readonly data: Data;
  /** Records the step that comes next, with what is known by now. */
  step(name: string): void;
  /** Records a child that could outlive this process. */
  child(identity: ProcessIdentity): void;
  /** Closes the operation inside the transaction that makes its result visible. */
  finish(tx: Transaction, error?: string): void;
}

/** Begins an operation inside the transaction that writes its intent. Throws `conflict`. */
export function beginOperation<Data extends JournalData>(
  engine: Engine,
  tx: Transaction,
  intent: { kind: OperationKind; sessionId: string; projectId: string; step: string; data: Data },
): Journal<Data> {
  const id = crypto.randomUUID();
  insertOperation(tx, { id, ...intent, data: JSON.stringify(intent.data) }, engine.owner);
  return journalOf(engine, { id, ...intent });
}

/** The journal of an operation that was adopted from a dead process. */
export function adoptedJournal<Data extends JournalData>(
  engine: Engine,
  operation: Operation,
  parse: (data: unknown) => Data,
): Journal<Data> {
  return journalOf(engine, { ...operation, data: parse(JSON.parse(operation.data)) });
}

function journalOf<Data extends JournalData>(
  engine: Engine,
  operation: {
    id: string;
    kind: OperationKind;
    sessionId: string;
    projectId: string;
    step: string;
    data: Data;
  },
): Journal<Data> {
  let { step } = operation;
  const { id, data } = operation;
  const write = () =>
    engine.store.write((tx) =>
      recordStep(tx, { id, step, data: JSON.stringify(data) }, engine.owner),
    );
  return {
    ...operation,
    data,
    step: (name) => {
      step = name;
      data.children = [];
      write();
    },
    child: (identity) => {
      data.children = [...(data.children ?? []), identity];
      write();
    },
    finish: (tx, error) => finishOperation(tx, id, error),
  };
}

/**
 * Takes steps in order, each recorded before it is taken. When one fails, or the person
 * interrupts, all that were begun are undone, last first, and the error is thrown.
 */
export async function takeSteps<Context>(
  engine: Engine,
  journal: Journal<JournalData>,
  steps: readonly Step<Context>[],
  context: Context,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    try {
      if (engine.interrupt.aborted) throw new AoError("interrupted", "interrupted");
      journal.step(step.name);
      failpoint(`${journal.kind}.${step.name}.before`);
      await runShown(engine, step, context);
      failpoint(`${journal.kind}.${step.name}.after`);
    } catch (error) {
      await undoSteps(journal, steps.slice(0, index + 1), context);
      throw error;
    }
  }
}

async function runShown<Context>(
  engine: Engine,
  step: Step<Context>,
  context: Context,
): Promise<void> {
  if (step.label === undefined) return await step.run(context);
  await engine.progress.step(step.label, () => step.run(context));
}

/** Undoes steps, last first. One that fails leaves the operation open, to be tried again. */
export async function undoSteps<Context>(
  journal: Journal<JournalData>,
  steps: readonly Step<Context>[],
  context: Context,
): Promise<void> {
  for (const step of [...steps].reverse()) {
    failpoint(`${journal.kind}.${step.name}.undo`);
    try {
      await step.undo?.(context);
    } catch (error) {
      throw new AoError(
        "failed",
        `${journal.kind} of ${journal.sessionId} could not be undone: ${messageOf(error)}`,
        `ao why ${journal.sessionId}`,
        { cause: error },
      );
    }
  }
}
