import type { HistoryStep, TerminalSize } from "../history.ts";
import { incompleteCharacterBytes } from "./scanner.ts";

/** Draws steps and gives back a shorter text that leads to the same screen. */
export interface Folder {
  fold(steps: HistoryStep[]): Promise<Uint8Array>;
  /** The same, while this process stands still. */
  foldNow(steps: HistoryStep[]): Uint8Array;
}

export interface ScrollbackLimits {
  /** From here on the past is folded, as soon as there is time. */
  softBytes: number;
  /** Never more than this is kept: the process stands still until it is folded. */
  hardBytes: number;
  /** How long after the soft limit folding begins: a flood passes it and is folded once. */
  foldDelayMs: number;
}

const defaultLimits: ScrollbackLimits = {
  softBytes: 384 * 1024,
  hardBytes: 2 * 1024 * 1024,
  foldDelayMs: 100,
};

interface GrowingStep extends TerminalSize {
  buffer: Uint8Array;
  length: number;
}

/**
 * What a terminal printed: a base (the folded past) and every later byte. Nothing is lost unless
 * folding fails at the hard limit; standing still while it folds there makes the agent wait.
 */
export class Scrollback {
  isComplete = true;
  private base: HistoryStep;
  private tail: GrowingStep[];
  private length = 0;
  private nextFoldAt: number;
  /** Bytes at the end that belong to a sequence or a character which is not complete. */
  private cut = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts changes of the base, so that a late fold of an older one is dropped. */
  private generation = 0;

  constructor(
    size: TerminalSize,
    private readonly folder: Folder,
    private readonly limits: ScrollbackLimits = defaultLimits,
  ) {
    this.base = { ...size, bytes: new Uint8Array(0) };
    this.tail = [emptyStep(size)];
    this.nextFoldAt = limits.softBytes;
  }

  /** Adds output. `pending`: how many bytes at its end belong to an incomplete sequence. */
  append(bytes: Uint8Array, pending: number): void {
    grow(this.current(), bytes);
    this.length += bytes.length;
    this.cut = pending > 0 ? pending : incompleteCharacterBytes(view(this.current()).bytes);
    if (this.length >= this.limits.hardBytes) this.foldNow();
    else if (this.length >= this.nextFoldAt) this.foldSoon();
  }

  resize(size: TerminalSize): void {
    const current = this.current();
    if (current.columns === size.columns && current.rows === size.rows) return;
    if (current.length === 0) this.tail.pop();
    this.tail.push(emptyStep(size));
  }

  get size(): TerminalSize {
    const { columns, rows } = this.current();
    return { columns, rows };
  }

  steps(): HistoryStep[] {
    return [this.base, ...this.tail.map(view)];
  }

  /** Gives back memory that was reserved for more output. */
  trim(): void {
    const current = this.current();
    current.buffer = current.buffer.slice(0, current.length);
  }

  /** Gives up folding in the background. */
  close(): void {
    clearTimeout(this.timer);
    this.generation++;
  }

  private foldSoon(): void {
    this.nextFoldAt = Infinity;
    this.timer = setTimeout(() => void this.foldInBackground(), this.limits.foldDelayMs);
  }

  private async foldInBackground(): Promise<void> {
    const generation = this.generation;
    // A cut inside a sequence would make both parts of it read as text.
    const count = this.length - this.cut;
    const steps = this.front(count);
    try {
      const bytes = await this.folder.fold(steps);
      if (generation === this.generation) this.rebase(steps, bytes, count);
    } catch {
      // The bytes are still there: folded at the next step, at the latest at the hard limit.
      if (generation === this.generation) this.nextFoldAt = this.length + this.limits.softBytes;
    }
  }

  private foldNow(): void {
    clearTimeout(this.timer);
    // A sequence as long as this (an image) has to be cut, or it would fill the memory.
    const isCuttable = this.cut < this.length / 2;
    const count = isCuttable ? this.length - this.cut : this.length;
    const steps = this.front(count);
    try {
      this.rebase(steps, this.folder.foldNow(steps), count);
      if (!isCuttable) this.isComplete = false;
    } catch {
      this.isComplete = false;
      this.dropFront(this.length - this.limits.softBytes);
      this.generation++;
      this.nextFoldAt = this.length + this.limits.softBytes;
    }
  }

  private rebase(steps: HistoryStep[], bytes: Uint8Array, count: number): void {
    const last = steps.at(-1) ?? this.base;
    this.base = { columns: last.columns, rows: last.rows, bytes };
    this.dropFront(count);
    this.generation++;
    this.nextFoldAt = this.limits.softBytes;
  }

  private front(count: number): HistoryStep[] {
    const steps = [this.base];
    let left = count;
    for (const step of this.tail.map(view)) {
      if (left <= 0) break;
      steps.push({ ...step, bytes: step.bytes.subarray(0, left) });
      left -= step.bytes.length;
    }
    return steps;
  }

  private dropFront(count: number): void {
    let left = count;
    while (this.tail.length > 1 && left >= this.current(0).length) {
      left -= this.current(0).length;
      this.tail.shift();
    }
    const first = this.current(0);
    const rest = view(first).bytes.slice(left);
    first.buffer = rest;
    first.length = rest.length;
    this.length -= count;
  }

  private current(index = -1): GrowingStep {
    const step = this.tail.at(index);
    if (!step) throw new Error("scrollback has no step");
    return step;
  }
}

function emptyStep({ columns, rows }: TerminalSize): GrowingStep {
  return { columns, rows, buffer: new Uint8Array(0), length: 0 };
}

function view({ columns, rows, buffer, length }: GrowingStep): HistoryStep {
  return { columns, rows, bytes: buffer.subarray(0, length) };
}

function grow(step: GrowingStep, bytes: Uint8Array): void {
  const needed = step.length + bytes.length;
  if (needed > step.buffer.length) {
    const buffer = new Uint8Array(Math.max(needed, step.buffer.length * 2, 4096));
    buffer.set(step.buffer.subarray(0, step.length));
    step.buffer = buffer;
  }
  step.buffer.set(bytes, step.length);
  step.length = needed;
}
