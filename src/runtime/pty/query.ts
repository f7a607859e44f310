import type { HistoryStep } from "../history.ts";
import type { LaunchSpec } from "../port.ts";
import { cursorReport } from "./fold.ts";
import type { TerminalQuery } from "./modes.ts";
import type { Typist } from "./typist.ts";

/** A colour terminal of the VT220 kind, as most say of themselves. */
const fixedAnswers = {
  attributes: "\x1b[?62;22c",
  secondaryAttributes: "\x1b[>0;10;1c",
  status: "\x1b[0n",
} as const;

/**
 * Answers what an agent asks its terminal while nobody's terminal is there to do it: some programs
 * do not start, or wait for seconds, without it.
 */
export class QueryAnswers {
  /** False while a person is attached. */
  isNeeded = true;
  private cursorQuestions = 0;
  private isDrawing = false;

  constructor(
    private readonly spec: LaunchSpec,
    private readonly typist: Typist,
    private readonly steps: () => HistoryStep[],
  ) {}

  answer(query: TerminalQuery): void {
    if (!this.isNeeded) return;
    if (query !== "cursor") return this.typist.answer(fixedAnswers[query]);
    this.cursorQuestions++;
    if (!this.isDrawing) void this.answerCursor();
  }

  /** Only drawing tells where the cursor is, so one process at a time is started for it. */
  private async answerCursor(): Promise<void> {
    this.isDrawing = true;
    // The question itself is not in the history before the end of this turn.
    await Promise.resolve();
    while (this.cursorQuestions > 0) {
      const questions = this.cursorQuestions;
      const report = await cursorReport(this.spec, this.steps()).catch(() => "1;1");
      this.cursorQuestions -= questions;
      for (let count = 0; count < questions; count++) this.typist.answer(`\x1b[${report}R`);
    }
    this.isDrawing = false;
  }
}
