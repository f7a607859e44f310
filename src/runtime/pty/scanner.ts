/** What a stretch of terminal bytes holds besides text. */
export interface SequenceListener {
  /** A complete control sequence `ESC [ … x`, as text without the first two bytes. */
  onControl?(sequence: string): void;
  /** A complete short escape sequence such as `ESC c`, as text without the first byte. */
  onEscape?(sequence: string): void;
  /** A byte outside every sequence; when absent, such bytes are skipped quickly. */
  onByte?(byte: number): void;
}

type State = "ground" | "escape" | "control" | "string" | "stringEscape" | "shift";

const ESC = 0x1b;
const BEL = 0x07;
const CAN = 0x18;
const SUB = 0x1a;
/** A longer control sequence is skipped without being reported: nothing real is that long. */
const maxControlLength = 128;

/**
 * Finds escape sequences (ECMA-48) in bytes that come in arbitrary pieces. It draws nothing: it is
 * small enough to run in a holder, over everything that an agent prints.
 */
export class SequenceScanner {
  private state: State = "ground";
  private collected = "";
  /** Bytes since the beginning of the sequence that is not complete yet; 0 outside of any. */
  pending = 0;

  constructor(
    private readonly listener: SequenceListener,
    /** On the way from a keyboard `ESC O x` is a key; in output `ESC O` stands alone. */
    private readonly direction: "input" | "output",
  ) {}

  push(bytes: Uint8Array): void {
    let index = 0;
    while (index < bytes.length) {
      if (this.state === "ground" && !this.listener.onByte) {
        index = bytes.indexOf(ESC, index);
        if (index < 0) return;
      }
      this.step(bytes[index] ?? 0);
      index++;
    }
  }

  private step(byte: number): void {
    this.pending++;
    if (byte === CAN || byte === SUB) return this.finish();
    switch (this.state) {
      case "ground":
        return byte === ESC ? this.enter("escape") : this.text(byte);
      case "escape":
        return this.escape(byte);
      case "control":
        return this.control(byte);
      case "shift":
        return this.finish();
      case "string":
        if (byte === BEL) this.finish();
        else if (byte === ESC) this.state = "stringEscape";
        return;
      case "stringEscape":
        // `ESC \` ends a string; any other escape ends it too and begins a new sequence.
        if (byte === 0x5c) return this.finish();
        this.enter("escape");
        this.pending = 2;
        return this.escape(byte);
    }
  }

  private escape(byte: number): void {
    if (byte === ESC) return this.restart();
    this.collected += String.fromCharCode(byte);
    if (byte >= 0x20 && byte <= 0x2f) return;
    if (this.collected === "[") return this.enter("control");
    if (this.collected === "O" && this.direction === "input") return this.enter("shift");
    if (/^[\]PX^_]$/.test(this.collected)) return this.enter("string");
    const sequence = this.collected;
    this.finish();
    this.listener.onEscape?.(sequence);
  }

  private control(byte: number): void {
    if (byte === ESC) return this.restart();
    if (this.collected.length < maxControlLength) this.collected += String.fromCharCode(byte);
    if (byte < 0x40 || byte > 0x7e) return;
    const sequence = this.collected;
    this.finish();
    if (sequence.length < maxControlLength) this.listener.onControl?.(sequence);
  }

  private text(byte: number): void {
    this.finish();
    this.listener.onByte?.(byte);
  }

  private enter(state: State): void {
    this.state = state;
    this.collected = "";
  }

  private restart(): void {
    this.enter("escape");
    this.pending = 1;
  }

  private finish(): void {
    this.enter("ground");
    this.pending = 0;
  }
}

/** How many bytes at the end of `bytes` begin a UTF-8 character whose other bytes are not there. */
export function incompleteCharacterBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needed > back ? back : 0;
  }
  return 0;
}
