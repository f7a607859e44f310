import { SequenceScanner } from "./scanner.ts";

const CTRL_C = 0x03;
const BACKSPACE = 0x08;
const CR = 0x0d;
const CTRL_U = 0x15;
const DEL = 0x7f;

/**
 * Whether a person has typed something that is not sent yet, judged by the keys alone: what the
 * keys did is the agent's business, so only Enter and the keys that empty a line end a draft.
 */
export class DraftTracker {
  private characters = 0;
  private isInPaste = false;
  private readonly scanner = new SequenceScanner(
    {
      onControl: (sequence) => {
        if (sequence === "200~") this.isInPaste = true;
        if (sequence === "201~") this.isInPaste = false;
      },
      onByte: (byte) => this.key(byte),
    },
    "input",
  );

  get hasDraft(): boolean {
    return this.characters > 0;
  }

  push(bytes: Uint8Array): void {
    this.scanner.push(bytes);
  }

  /** Enter was pressed on the person's behalf: what stood there went with it. */
  clear(): void {
    this.characters = 0;
  }

  private key(byte: number): void {
    // The later bytes of a character in UTF-8 are no further characters.
    if (byte >= 0x80 && byte < 0xc0) return;
    if (this.isInPaste) this.characters++;
    else if (byte === CR || byte === CTRL_C || byte === CTRL_U) this.characters = 0;
    else if (byte === BACKSPACE || byte === DEL) this.characters = Math.max(0, this.characters - 1);
    else if (byte >= 0x20) this.characters++;
  }
}
