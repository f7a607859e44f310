/** Longer than any pass takes on a machine that works: all of them bound their calls. */
const patienceMs = 600_000;

/** Longest time between two ticks of a process that makes progress. */
const longestTickMs = 30_000;

interface Pass {
  done: Promise<void>;
  /** On the clock of `performance.now()`, which stands still while the machine sleeps. */
  deadline: number;
}

/** The passes under way, and whether they still get anywhere. */
export class PassWatch {
  readonly #passes = new Map<string, Pass>();
  #tickedAt: number | undefined;

  constructor(private readonly limits = { passMs: patienceMs, tickMs: longestTickMs }) {}

  /** Starts to watch, and notes that the loops look for what is due. */
  tick(): void {
    this.#tickedAt = performance.now();
  }

  has(name: string): boolean {
    return this.#passes.has(name);
  }

  add(name: string, done: Promise<void>, withinMs = this.limits.passMs): void {
    this.#passes.set(name, { done, deadline: performance.now() + withinMs });
  }

  delete(name: string): void {
    this.#passes.delete(name);
  }

  /** Resolves when all that are under way now have ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.#passes.values()].map(({ done }) => done));
  }

  /** The first that takes too long, `tick` when none is started any more, or undefined. */
  get hung(): string | undefined {
    const now = performance.now();
    if (this.#tickedAt !== undefined && now - this.#tickedAt > this.limits.tickMs) return "tick";
    return [...this.#passes].find(([, { deadline }]) => now > deadline)?.[0];
  }
}
