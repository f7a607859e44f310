import { AoError, exitCodes, systemCode } from "../error.ts";
import { helpLine } from "./mistake.ts";
import { type Sink, standardSink } from "./sink.ts";
import { Steps } from "./steps.ts";
import { type Column, renderTable } from "./table.ts";
import { type Paint, painter, sanitize } from "./text.ts";

export interface OutputOptions {
  json: boolean;
  quiet: boolean;
  noColor: boolean;
  stdout?: Sink;
  stderr?: Sink;
  env?: Record<string, string | undefined>;
}

/**
 * The only writer to stdout and stderr. stdout carries data and nothing else; stderr carries
 * notes, warnings, progress and errors, and all but errors fall silent with `--quiet`.
 */
export class Output {
  /** Colours for what goes to stdout. */
  readonly paint: Paint;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** Whether a person looks at stdout. */
  readonly isTerminal: boolean;
  /** Columns of that terminal; undefined when piped, where nothing is cut. */
  readonly width: number | undefined;
  /** Aborted once nobody reads stdout any more (`ao ls | head -1`): a follower ends then. */
  readonly closed: AbortSignal;
  readonly #closing = new AbortController();
  readonly #stdout: Sink;
  readonly #stderr: Sink;
  readonly #errorPaint: Paint;
  readonly #steps: Steps;
  #failure: Error | undefined;
  #isBehind = false;
  #drained: (() => void)[] = [];

  constructor(options: OutputOptions) {
    this.#stdout = options.stdout ?? standardSink(1);
    this.#stderr = options.stderr ?? standardSink(2);
    this.isJson = options.json;
    this.isQuiet = options.quiet;
    this.isTerminal = this.#stdout.isTTY === true;
    this.width = this.isTerminal ? (this.#stdout.columns ?? 80) : undefined;
    const env = options.env ?? process.env;
    const mayColor = !options.noColor && !env["NO_COLOR"] && env["TERM"] !== "dumb";
    this.paint = painter(mayColor && this.isTerminal);
    this.#errorPaint = painter(mayColor && this.#stderr.isTTY === true);
    const hasSteps = this.#stderr.isTTY === true && !options.quiet && !options.json;
    this.#steps = new Steps(hasSteps ? (text) => this.#stderr.write(text) : undefined);
    this.closed = this.#closing.signal;
    this.#listen();
  }

  /** Whether stdout could not be written for another reason than that its reader left. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Writes data to stdout just as it is. */
  data(text: string | Uint8Array): void {
    if (this.closed.aborted) return;
    this.#isBehind = !this.#stdout.write(text);
  }

  /** Writes one line of data. */
  line(text: string): void {
    this.data(`${text}\n`);
  }

  /** Writes a value as JSON: one line, or indented when a person looks at it. */
  json(value: unknown): void {
    this.line(JSON.stringify(value, undefined, this.isTerminal ? 2 : undefined));
  }

  /** Writes a value as JSON with `--json`, else what `text` returns (undefined: nothing). */
  result(value: unknown, text: () => string | undefined): void {
    if (this.isJson) return this.json(value);
    const written = text();
    if (written !== undefined) this.line(written);
  }

  /** Writes an aligned table, cut to the terminal's width; without rows only notes `empty`. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], empty: string): void {
    if (rows.length === 0) return this.note(empty);
    this.data(renderTable(rows, columns, this.paint, this.width));
  }

  /** Tells the person something that is no data. */
  note(text: string): void {
    if (!this.isQuiet) this.#tell(text);
  }

  /** Warns the person of something that did not stop the command. */
  warn(text: string): void {
    if (!this.isQuiet) this.#tell(`${this.#errorPaint.yellow("warning:")} ${sanitize(text)}`);
  }

  /**
   * Runs one step of long work and shows it with its time, on a terminal only.
   * Throws what the work throws.
   */
  step<T>(name: string, work: () => Promise<T> | T): Promise<T> {
    return this.#steps.run(name, work);
  }

  /** Shows what a step's program prints, as it comes; on a terminal only. */
  stepOutput(text: string): void {
    this.#steps.print(sanitize(text));
  }

  /**
   * Asks a yes-or-no question. Throws `usage` with the hint when no person is there to answer,
   * `interrupted` when the answer is ctrl-C.
   */
  async confirm(question: string, hint: string): Promise<boolean> {
    const isAttended = this.isTerminal && process.stdin.isTTY && !this.isJson && !this.isQuiet;
    if (!isAttended) throw new AoError("usage", "no terminal to ask on", hint);
    const { createConsola } = await import("consola");
    const consola = createConsola({ stdout: process.stderr, stderr: process.stderr, throttle: 0 });
    const answer: unknown = await consola.prompt(question, {
      type: "confirm",
      initial: false,
      cancel: "undefined",
    });
    if (answer === undefined) throw new AoError("interrupted", "interrupted");
    return answer === true;
  }

  /**
   * Tells a failure on stderr, an unexpected one with its stack; returns the exit code. `path` is
   * the command, whose help is the hint of a failure that brings none.
   */
  fail(error: unknown, path: string[] = []): number {
    if (!(error instanceof AoError)) return this.#failUnexpected(error);
    this.#tell(`${this.#errorPaint.red("error:")} ${sanitize(error.message)}`);
    const hint = error.hint ?? hintFor(error, path);
    if (hint) this.#tell(`${this.#errorPaint.cyan("hint:")} ${sanitize(hint)}`);
    return exitCodes[error.code];
  }

  /**
   * Waits until all data is delivered, so that the process may end by `process.exit`.
   * Throws `failed` when stdout could not be written for another reason than a closed pipe.
   */
  async flush(): Promise<void> {
    if (this.#isBehind && !this.closed.aborted) {
      await new Promise<void>((resolve) => this.#drained.push(resolve));
    }
    // The error of a failed write is reported a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#failure) {
      throw new AoError("failed", `cannot write to stdout: ${this.#failure.message}`, undefined, {
        cause: this.#failure,
      });
    }
  }

  #tell(text: string): void {
    this.#steps.interrupt();
    this.#stderr.write(`${text}\n`);
  }

  #failUnexpected(error: unknown): number {
    this.#tell(`${this.#errorPaint.red("error:")} internal: ${sanitize(stackOf(error))}`);
    this.#tell(`${this.#errorPaint.cyan("hint:")} this is a defect of ao; please report it`);
    return 70;
  }

  #listen(): void {
    this.#stdout.listen({
      onDrain: () => {
        this.#isBehind = false;
        this.#settle();
      },
      onError: (error) => {
        if (systemCode(error) !== "EPIPE") this.#failure ??= error;
        this.#closing.abort();
        this.#settle();
      },
    });
    // Nobody is left to tell when stderr itself is gone.
    this.#stderr.listen({ onDrain: () => {}, onError: () => this.#steps.interrupt() });
  }

  #settle(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}

/** What to type after a failure that does not say it itself. */
function hintFor({ code }: AoError, path: string[]): string | undefined {
  if (code === "interrupted") return undefined;
  return ["failed", "unavailable", "timeout"].includes(code) ? "ao doctor" : helpLine(path);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = (error.stack ?? error.message).trim();
  return error.cause === undefined ? stack : `${stack}\ncaused by ${stackOf(error.cause)}`;
}
