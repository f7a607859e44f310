import { mkdirSync } from "node:fs";

import { AoError, messageOf, systemCode } from "../../error.ts";
import { identify, ownIdentity, type ProcessIdentity } from "../../process/identity.ts";
import { writeExitRecord } from "../exit-record.ts";
import type { History, TerminalSize } from "../history.ts";
import { removeLastScreen, writeLastScreen } from "../last-screen.ts";
import type { ExitRecord, LaunchSpec } from "../port.ts";
import { complain } from "./complain.ts";
import { renderFolder } from "./fold.ts";
import { TerminalLog } from "./log.ts";
import { OutputModes } from "./modes.ts";
import { QueryAnswers } from "./query.ts";
import { Scrollback } from "./scrollback.ts";
import { openTerminal, type ProgramTerminal } from "./terminal.ts";
import { Typist } from "./typist.ts";

/** What is done when an agent has ended. */
export interface HoldCallbacks {
  /** Called after `exit.json` is on the disk; what it throws is only written to `holder.log`. */
  onEnd(record: ExitRecord, spec: LaunchSpec): void | Promise<void>;
}

/** Output that outlives the program (of children it left) is waited for no longer than this. */
const lastOutputMs = 50;
/** A signal that has come is handled within this time. */
const lateSignalMs = 10;
/** This long after the last output a holder tidies its memory. */
const cleanupMs = 2_000;

/** One agent in its terminal, with what it printed and what was typed. */
export class Holder {
  readonly identity = ownIdentity();
  readonly agent: ProcessIdentity;
  readonly typist: Typist;
  private readonly terminal: ProgramTerminal;
  private readonly scrollback: Scrollback;
  private readonly log: TerminalLog;
  private readonly modes = new OutputModes((query) => this.answers.answer(query));
  private readonly answers: QueryAnswers;
  private lastOutputAt = Date.now();
  private cleanup: ReturnType<typeof setTimeout> | undefined;
  private isCutOff = false;
  /** Those who get a copy of all output. */
  readonly listeners = new Set<(bytes: Uint8Array) => void>();

  /** Starts the agent. Throws `unavailable` when its program cannot be executed. */
  constructor(readonly spec: LaunchSpec) {
    mkdirSync(spec.sessionDir, { recursive: true, mode: 0o700 });
    removeLastScreen(spec.sessionDir);
    this.scrollback = new Scrollback(spec, renderFolder(spec));
    this.log = new TerminalLog(spec.sessionDir);
    this.terminal = openAgent(spec, (bytes) => this.onOutput(bytes));
    this.typist = new Typist(this.terminal);
    this.answers = new QueryAnswers(spec, this.typist, () => this.scrollback.steps());
    const { pid } = this.terminal;
    this.agent = identify(pid) ?? { pid, start: "unknown" };
  }

  get hasBracketedPaste(): boolean {
    return this.modes.hasBracketedPaste;
  }

  history(): History {
    return {
      launchId: this.spec.launchId,
      isComplete: this.scrollback.isComplete,
      lastOutputAt: this.lastOutputAt,
      hasTypedDraft: this.typist.hasDraft,
      steps: this.scrollback.steps(),
    };
  }

  resize(size: TerminalSize): void {
    this.scrollback.resize(size);
    this.terminal.resize(size);
  }

  /** Notes that it is not the agent's own wish to end. */
  cutOff(): void {
    this.isCutOff = true;
  }

  /** Resolves when the agent has ended and everything about its end is kept. */
  async ended(callbacks: HoldCallbacks): Promise<void> {
    const { exitCode, signal } = await this.terminal.exited;
    await this.terminal.outputEnded(lastOutputMs);
    const record: ExitRecord = {
      launchId: this.spec.launchId,
      exitCode: signal === null ? exitCode : null,
      signal,
      at: Date.now(),
    };
    this.writeRecord(record);
    this.scrollback.close();
    clearTimeout(this.cleanup);
    attempt("last screen", () => writeLastScreen(this.spec.sessionDir, this.history()));
    try {
      await callbacks.onEnd(record, this.spec);
    } catch (error) {
      complain("end of the agent", error);
    }
    // Of two signals that came at once, this process may see the end of the agent first.
    await Bun.sleep(lateSignalMs);
    if (this.isCutOff && !record.isCutOff) this.writeRecord(record);
    this.log.close();
  }

  private writeRecord(record: ExitRecord): void {
    if (this.isCutOff) record.isCutOff = true;
    attempt("exit record", () => writeExitRecord(this.spec.sessionDir, record));
  }

  close(): void {
    this.terminal.close();
  }

  /** Output leaves garbage behind that nothing else would collect in a quiet process. */
  private clean(): void {
    const isQuiet = Date.now() - this.lastOutputAt >= cleanupMs;
    this.cleanup = isQuiet ? undefined : setTimeout(() => this.clean(), cleanupMs);
    if (!isQuiet) return;
    this.scrollback.trim();
    Bun.gc(true);
  }

  private onOutput(bytes: Uint8Array): void {
    this.lastOutputAt = Date.now();
    this.cleanup ??= setTimeout(() => this.clean(), cleanupMs);
    this.log.append(bytes);
    // A person's terminal answers for itself, and one answer is enough.
    this.answers.isNeeded = this.listeners.size === 0;
    this.modes.push(bytes);
    this.scrollback.append(bytes, this.modes.pending);
    for (const listener of this.listeners) listener(bytes);
  }
}

function openAgent(spec: LaunchSpec, onOutput: (bytes: Uint8Array) => void): ProgramTerminal {
  const { argv, cwd, env, columns, rows } = spec;
  try {
    return openTerminal(argv, { cwd, env, columns, rows, onOutput });
  } catch (error) {
    const message = `agent program ${argv[0]} cannot be started in ${cwd}: ${messageOf(error)}`;
    const code = systemCode(error) === undefined ? "failed" : "unavailable";
    throw new AoError(code, message, undefined, { cause: error });
  }
}

function attempt(what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    complain(what, error);
  }
}
