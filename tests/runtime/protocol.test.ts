import { expect, test } from "bun:test";

import { decodeHistory, encodeHistory } from "../../src/runtime/history.ts";
import { Outbox } from "../../src/runtime/pty/outbox.ts";
import {
  decodeJson,
  encodeFrame,
  encodeJson,
  FrameReader,
  frameTypes,
} from "../../src/runtime/pty/protocol.ts";

test("reads frames from pieces of any length", () => {
  const payload = Uint8Array.from({ length: 300 }, (_, index) => index);
  const stream = Buffer.concat([
    encodeJson({ id: 1, method: "hello" }),
    encodeFrame(frameTypes.output, payload),
    encodeFrame(frameTypes.input, new Uint8Array(0)),
  ]);
  for (const pieceLength of [1, 3, 4, 5, 64, stream.length]) {
    const reader = new FrameReader();
    const frames = [];
    for (let start = 0; start < stream.length; start += pieceLength) {
      frames.push(...reader.push(stream.subarray(start, start + pieceLength)));
    }
    expect(frames.map(({ type }) => type)).toEqual([1, 3, 4]);
    expect(decodeJson(frames[0]?.payload ?? new Uint8Array())).toEqual({ id: 1, method: "hello" });
    expect(Buffer.from(frames[1]?.payload ?? []).equals(payload)).toBe(true);
  }
});

test("refuses a stream that is no protocol and a frame that is too long", () => {
  expect(() => new FrameReader().push(Buffer.from("GET / HTTP/1.1\r\n"))).toThrow(/not of the/);
  expect(() => new FrameReader().push(Buffer.from([0, 0, 0, 0, 1]))).toThrow(/not of the/);
  expect(() => decodeJson(Buffer.from("[1"))).toThrow(/no JSON/);
});

test("packs and unpacks a history with its sizes", () => {
  const history = {
    launchId: "one",
    isComplete: false,
    lastOutputAt: 12,
    hasTypedDraft: true,
    steps: [
      { columns: 80, rows: 24, bytes: Buffer.from("base") },
      { columns: 100, rows: 30, bytes: Buffer.from("") },
      { columns: 90, rows: 30, bytes: Buffer.from("\x1b[31mlater ü") },
    ],
  };
  expect(decodeHistory(encodeHistory(history))).toEqual(history);
  expect(() => decodeHistory(encodeHistory(history).subarray(0, -1))).toThrow(/wrong length/);
  expect(() => decodeHistory(Buffer.from("xy"))).toThrow(/no header/);
});

test("sends all bytes in order through a sink that takes only some", async () => {
  const taken: number[] = [];
  let room = 3;
  const outbox = new Outbox({
    write: (bytes) => {
      const count = Math.min(room, bytes.length);
      taken.push(...bytes.subarray(0, count));
      room -= count;
      return count;
    },
  });
  outbox.send(Uint8Array.of(1, 2));
  outbox.send(Uint8Array.of(3, 4, 5));
  expect([taken, outbox.size]).toEqual([[1, 2, 3], 2]);
  const drained = outbox.drained();
  room = 9;
  outbox.flush();
  await drained;
  expect([taken, outbox.size]).toEqual([[1, 2, 3, 4, 5], 0]);
});
