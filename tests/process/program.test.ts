import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findProgram } from "../../src/process/program.ts";

const root = mkdtempSync(join(tmpdir(), "ao-program-"));
const first = join(root, "first");
const second = join(root, "second");

beforeAll(() => {
  for (const folder of [first, second, join(first, "folder")]) mkdirSync(folder);
  for (const folder of [first, second]) {
    writeFileSync(join(folder, "agent"), "#!/bin/sh\n", { mode: 0o755 });
    writeFileSync(join(folder, "text"), "no program");
  }
  chmodSync(join(second, "text"), 0o755);
});

afterAll(() => rmSync(root, { recursive: true }));

test("finds the first executable along the path", () => {
  expect(findProgram("agent", { path: `${first}:${second}` })).toBe(join(first, "agent"));
  expect(findProgram("text", { path: `${first}:${second}` })).toBe(join(second, "text"));
});

test("finds in extra folders what the path lacks", () => {
  expect(findProgram("agent", { path: "/nowhere", extraDirs: [second] })).toBe(
    join(second, "agent"),
  );
});

test("finds no folder, no missing program and no empty name", () => {
  expect(findProgram("folder", { path: first })).toBeUndefined();
  expect(findProgram("missing", { path: first })).toBeUndefined();
  expect(findProgram("", { path: first })).toBeUndefined();
});

test("takes a name with a slash as a path from the given folder", () => {
  expect(findProgram("first/agent", { path: second, cwd: root })).toBe(join(first, "agent"));
  expect(findProgram("./agent", { path: first, cwd: second })).toBe(join(second, "agent"));
  expect(findProgram("first/text", { cwd: root })).toBeUndefined();
});
