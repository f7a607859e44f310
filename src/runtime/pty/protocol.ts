import { AoError, type ErrorCode } from "../../error.ts";
import type { ProcessIdentity } from "../../process/identity.ts";

/**
 * The language between `ao` and a holder, which may be older: frames of a length (4 bytes, big
 * endian, of what follows), a type byte, and a payload. A holder answers unknown methods with
 * `usage`, so a newer `ao` can tell that it has to do without.
 */
export const protocolVersion = 1;

/** A longer frame is a broken peer. */
export const maxFrameBytes = 16 * 1024 * 1024;

/** JSON both ways; history and output from the holder; input to it. */
export const frameTypes = { json: 1, history: 2, output: 3, input: 4 } as const;

export interface Frame {
  type: number;
  payload: Uint8Array;
}

/** Asked by `ao`. A method that answers with a history sends it as a frame before the result. */
export interface Request {
  id: number;
  method: "hello" | "history" | "paste" | "submit" | "attach" | "resize";
  params?: Record<string, unknown>;
}

export type Response =
  | { id: number; result: Record<string, unknown> }
  | { id: number; error: { code: ErrorCode; message: string } };

/** Told by the holder without being asked, to those who are attached. */
export interface Notice {
  notice: "ended";
}

/** What a holder says of itself. */
export interface Hello {
  protocol: number;
  sessionId: string;
  launchId: string;
  holder: ProcessIdentity;
  agent: ProcessIdentity;
}

const headerBytes = 5;

/** One frame: the length of what follows, its type, and the payload. */
export function encodeFrame(type: number, payload: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(headerBytes + payload.length);
  frame.writeUInt32BE(payload.length + 1);
  frame[4] = type;
  frame.set(payload, headerBytes);
  return frame;
}

/** A message as a frame of JSON. */
export function encodeJson(message: Request | Response | Notice): Uint8Array {
  return encodeFrame(frameTypes.json, Buffer.from(JSON.stringify(message)));
}

/** Puts frames together from pieces of a stream. Throws `failed` when it is no such stream. */
export class FrameReader {
  private chunks: Uint8Array[] = [];
  private length = 0;

  push(chunk: Uint8Array): Frame[] {
    // The caller's buffer may be used again for the next piece.
    this.chunks.push(Uint8Array.from(chunk));
    this.length += chunk.length;
    const frames: Frame[] = [];
    for (let frame = this.take(); frame; frame = this.take()) frames.push(frame);
    return frames;
  }

  private take(): Frame | undefined {
    if (this.length < headerBytes) return undefined;
    if ((this.chunks[0]?.length ?? 0) < headerBytes) this.join();
    const first = Buffer.from(this.chunks[0] ?? []);
    const size = first.readUInt32BE();
    if (size < 1 || size > maxFrameBytes) {
      throw new AoError("failed", `frame of ${size} bytes is not of the holder's protocol`);
    }
    const end = headerBytes - 1 + size;
    if (this.length < end) return undefined;
    const whole = this.join();
    this.chunks = whole.length > end ? [whole.subarray(end)] : [];
    this.length -= end;
    return { type: whole[4] ?? 0, payload: whole.subarray(headerBytes, end) };
  }

  private join(): Uint8Array {
    const whole = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
    this.chunks = whole ? [whole] : [];
    return whole ?? new Uint8Array(0);
  }
}

/** Reads the JSON of a frame. Throws `failed` when it is none. */
export function decodeJson(payload: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(payload));
  } catch (error) {
    throw new AoError("failed", "frame holds no JSON", undefined, { cause: error });
  }
  if (typeof value !== "object" || value === null)
    throw new AoError("failed", "frame is no object");
  return Object.fromEntries(Object.entries(value));
}
