import { SequenceScanner } from "./scanner.ts";

/** What an agent asked its terminal, to be answered where nobody's terminal does. */
export type TerminalQuery = "attributes" | "secondaryAttributes" | "status" | "cursor";

const queries: Record<string, TerminalQuery> = {
  c: "attributes",
  "0c": "attributes",
  ">c": "secondaryAttributes",
  ">0c": "secondaryAttributes",
  "5n": "status",
  "6n": "cursor",
};

/**
 * Follows in an agent's output the few things that a holder must know without drawing it: whether
 * the program takes bracketed pastes, what it asks the terminal, and where a sequence is cut.
 */
export class OutputModes {
  hasBracketedPaste = false;
  private readonly scanner: SequenceScanner;

  constructor(onQuery: (query: TerminalQuery) => void) {
    this.scanner = new SequenceScanner(
      {
        onControl: (sequence) => {
          this.readMode(sequence);
          const query = queries[sequence];
          if (query) onQuery(query);
        },
        onEscape: (sequence) => {
          // A full reset of the terminal.
          if (sequence === "c") this.hasBracketedPaste = false;
        },
      },
      "output",
    );
  }

  /** Bytes at the end of the output so far that begin a sequence which is not complete. */
  get pending(): number {
    return this.scanner.pending;
  }

  push(bytes: Uint8Array): void {
    this.scanner.push(bytes);
  }

  private readMode(sequence: string): void {
    const [, numbers, final] = /^\?([\d;]*)([hl])$/.exec(sequence) ?? [];
    if (numbers?.split(";").includes("2004")) this.hasBracketedPaste = final === "h";
  }
}
