import { AoError } from "../error.ts";

export interface TerminalSize {
  columns: number;
  rows: number;
}

/** Output of a terminal while it had one size. */
export interface HistoryStep extends TerminalSize {
  bytes: Uint8Array;
}

/**
 * Everything needed to draw a terminal again: its output in order, older parts of it folded into
 * an equal but shorter text.
 */
export interface History {
  launchId: string;
  /** False when bytes were lost. */
  isComplete: boolean;
  /** Unix milliseconds. */
  lastOutputAt: number;
  hasTypedDraft: boolean;
  /** At least one. */
  steps: HistoryStep[];
}

interface Header extends Omit<History, "steps"> {
  version: 1;
  steps: (TerminalSize & { length: number })[];
}

const lengthBytes = 4;

/** Packs a history: the length of a JSON header, the header, and the bytes of all steps. */
export function encodeHistory(history: History): Uint8Array<ArrayBuffer> {
  const steps = history.steps.map(({ columns, rows, bytes }) => ({
    columns,
    rows,
    length: bytes.length,
  }));
  const header = Buffer.from(JSON.stringify({ ...history, version: 1, steps } satisfies Header));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(header.length);
  return Buffer.concat([length, header, ...history.steps.map(({ bytes }) => bytes)]);
}

/** Unpacks what `encodeHistory` made. Throws `failed` for anything else. */
export function decodeHistory(data: Uint8Array): History {
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const start = lengthBytes + (view.length >= lengthBytes ? view.readUInt32BE() : view.length);
  const header = parseHeader(view.toString("utf8", lengthBytes, start));
  let offset = start;
  const steps = header.steps.map(({ columns, rows, length }) => {
    const bytes = view.subarray(offset, offset + length);
    offset += length;
    return { columns, rows, bytes };
  });
  if (offset !== view.length) throw new AoError("failed", "terminal history has a wrong length");
  const { launchId, isComplete, lastOutputAt, hasTypedDraft } = header;
  return { launchId, isComplete, lastOutputAt, hasTypedDraft, steps };
}

function parseHeader(text: string): Header {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw new AoError("failed", "terminal history has no header", undefined, { cause: error });
  }
  if (!isHeader(header)) throw new AoError("failed", "terminal history is of another version");
  return header;
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== "object" || value === null) return false;
  return (
    "version" in value &&
    value.version === 1 &&
    "steps" in value &&
    Array.isArray(value.steps) &&
    value.steps.length > 0
  );
}
