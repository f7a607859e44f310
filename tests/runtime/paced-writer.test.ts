import { expect, test } from "bun:test";

import { PacedWriter } from "../../src/runtime/pty/paced-writer.ts";
import { openTerminal } from "../../src/runtime/pty/terminal.ts";
import { waitFor } from "../support/wait.ts";

/** A terminal that notes what it is given, and drains when it is told to. */
function noting() {
  const given: string[] = [];
  const idle = { count: 0 };
  const writer = new PacedWriter(
    (bytes) => void given.push(Buffer.from(bytes).toString()),
    () => (idle.count += 1),
  );
  return { writer, given, idle };
}

const text = (length: number, letter = "a") => Buffer.from(letter.repeat(length));

test("gives a little at a time, in order, whoever writes meanwhile", () => {
  const { writer, given, idle } = noting();
  writer.write(text(2_500));
  writer.write(text(10, "b"));
  const sizes: number[] = [];
  while (writer.waitingBytes > 0) {
    sizes.push(writer.waitingBytes);
    writer.drained();
  }
  expect(sizes).toEqual([2_510, 1_510, 510, 10]);
  expect(given.map((one) => one.length)).toEqual([1_000, 1_000, 500, 10]);
  expect(given.join("")).toBe("a".repeat(2_500) + "b".repeat(10));
  expect(idle.count).toBe(1);
  writer.close();
});

test("goes on after a piece that is never told of, and does not call it taken", async () => {
  const { writer, given, idle } = noting();
  writer.write(text(1_500));
  await waitFor(() => given.length === 2, { withinMs: 10_000 });
  expect([writer.waitingBytes, idle.count]).toEqual([1_500, 0]);
  writer.drained();
  expect([writer.waitingBytes, idle.count]).toEqual([0, 1]);
  writer.close();
});

test("gives nothing more after its end", () => {
  const { writer, given } = noting();
  writer.write(text(3_000));
  writer.close();
  writer.drained();
  expect(given).toHaveLength(1);
  expect(writer.waitingBytes).toBe(0);
});

test.each([
  ["at once", "exec cat"],
  ["in pieces", "while head -c 3000; do sleep 0.001; done"],
])("a terminal tells of each long text that a program reads %s", async (_how, reader) => {
  let size = 0;
  const terminal = openTerminal(["/bin/sh", "-c", `stty raw -echo; echo ready; ${reader}`], {
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "" },
    columns: 80,
    rows: 24,
    onOutput: (bytes) => (size += bytes.length),
  });
  try {
    await waitFor(() => size > 0, { withinMs: 10_000 });
    for (let round = 0; round < 30; round++) {
      terminal.write(text(24_000));
      expect(await terminal.drained(5_000)).toBe(true);
    }
    await waitFor(() => size >= 30 * 24_000, { withinMs: 20_000 });
  } finally {
    terminal.hangUp();
    await terminal.exited;
    terminal.close();
  }
});
