import { AoError, messageOf } from "../error.ts";
import { failpoint } from "../process/failpoint.ts";
import type { ProcessIdentity } from "../process/identity.ts";
import {
  abandonOperation,
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
  /** What has been put into escrow before its worktree was begun to be removed. */
  saved?: SavedWork;
}

/** What must be known to finish a removal that was cut off. */
export interface SavedWork {
  escrowRef: string | null;
  /** Where the session's branch was; null when the worktree stood on another one. */
  branchSha: string | null;
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
  /** Records what is known by now without beginning another step, alone or with other changes. */
  note(tx?: Transaction): void;
  /** Lets go of an operation that could not be closed: it is tried again by whoever comes. */
  abandon(): void;
  /** Closes the operation inside the transaction that makes its result visible. */
  finish(tx: Transaction, error?: string): void;
}

/** What this process is at, by the ids of the operations. */
const underWay = new Set<string>();

/**
 * Marks an operation as under way for as long as the work takes. One that stands open after that,
 * when the disk was full at its very end, say, is nobody's: a process that goes on for months
 * must not keep it from being recovered.
 */
export async function seeThrough<T>(
  { id }: Pick<Operation, "id">,
  work: () => Promise<T>,
): Promise<T> {
  underWay.add(id);
  try {
    return await work();
  } finally {
    underWay.delete(id);
  }
}

/** Whether this very process is at an operation. */
export function isUnderWay({ id }: Pick<Operation, "id">): boolean {
  return underWay.has(id);
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
  const record = (tx: Transaction) =>
    recordStep(tx, { id, step, data: JSON.stringify(data) }, engine.owner);
  const write = () => engine.store.write(record);
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
    note: (tx) => (tx ? record(tx) : write()),
    abandon: () => engine.store.write((tx) => abandonOperation(tx, id, engine.owner)),
    finish: (tx, error) => finishOperation(tx, id, error),
  };
}

/**
 * Takes steps in order, each recorded before it is taken. When one fails, or the person
 * interrupts, all that were begun are undone, last first, `close` ends the operation with the
 * error's text, and the error is thrown. What cannot be undone stays open, to be tried again.
 */
export async function takeSteps<Context>(
  engine: Engine,
  journal: Journal<JournalData>,
  steps: readonly Step<Context>[],
  context: Context,
  close: (error: string) => void,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    try {
      if (engine.interrupt.aborted) throw new AoError("interrupted", "interrupted");
      journal.step(step.name);
      failpoint(`${journal.kind}.${step.name}.before`);
      await runShown(engine, step, context);
      failpoint(`${journal.kind}.${step.name}.after`);
    } catch (error) {
      await undoAfter(error, journal, steps.slice(0, index + 1), context);
      close(messageOf(error));
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

async function undoAfter<Context>(
  cause: unknown,
  journal: Journal<JournalData>,
  steps: readonly Step<Context>[],
  context: Context,
): Promise<void> {
  try {
    await undoSteps(journal, steps, context);
  } catch (error) {
    journal.abandon();
    const { kind, sessionId } = journal;
    throw new AoError(
      "failed",
      `${messageOf(cause)}; and the ${kind} of ${sessionId} is not undone: ${messageOf(error)}`,
      `ao why ${sessionId}`,
      { cause: error },
    );
  }
}

/** Undoes steps, last first. Each undo may have been done before, in part or whole. */
export async function undoSteps<Context>(
  journal: Journal<JournalData>,
  steps: readonly Step<Context>[],
  context: Context,
): Promise<void> {
  for (const { name, undo } of steps.toReversed()) {
    if (!undo) continue;
    failpoint(`${journal.kind}.${name}.undo`);
    await undo(context);
    failpoint(`${journal.kind}.${name}.undone`);
  }
}

/** The steps that had been begun when one of this name was recorded; all when none has it. */
export function begunSteps<Context>(
  steps: readonly Step<Context>[],
  recorded: string,
): readonly Step<Context>[] {
  const last = steps.findIndex(({ name }) => name === recorded);
  return last < 0 ? steps : steps.slice(0, last + 1);
}
