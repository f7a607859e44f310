import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

import { readExitRecord, writeExitRecord } from "../../src/runtime/exit-record.ts";
import { readLastScreen } from "../../src/runtime/last-screen.ts";
import { launchPath, readLaunchSpec } from "../../src/runtime/launch.ts";
import { pasteBytes, typeable } from "../../src/runtime/paste.ts";
import { TerminalLog } from "../../src/runtime/pty/log.ts";
import { ptyRuntime } from "../../src/runtime/pty/pty.ts";
import { runtimeFolder, socketPath, tmuxSocketPath } from "../../src/runtime/socket.ts";
import { Bench } from "../support/runtime.ts";

const root = mkdtempSync(join(tmpdir(), "ao-files-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("reads an exit record back, but not one of another launch", () => {
  const record = { launchId: "one", exitCode: null, signal: "SIGKILL", at: 12 };
  expect(readExitRecord(root, "one")).toBeUndefined();
  writeExitRecord(root, record);
  expect(readExitRecord(root, "one")).toEqual(record);
  expect(readExitRecord(root, "two")).toBeUndefined();
  expect(statSync(join(root, "exit.json")).mode & 0o777).toBe(0o600);
});

test("reads a launch spec back and refuses what is none", async () => {
  const bench = new Bench(ptyRuntime());
  const spec = bench.spec(["/bin/true"]);
  expect(readLaunchSpec(launchPath(spec.sessionDir))).toEqual(spec);
  await Bun.write(join(root, "other.json"), JSON.stringify({ ...spec, version: 2 }));
  expect(() => readLaunchSpec(join(root, "other.json"))).toThrow(/not of version 1/);
  expect(() => readLaunchSpec(join(root, "none.json"))).toThrow(/not found/);
  await bench.close();
});

test("has no last screen where none was kept", async () => {
  expect(await readLastScreen(join(root, "nobody"))).toBeUndefined();
});

describe("a socket path", () => {
  test("is short, stable, and its own for each data dir and launch", () => {
    const paths = [socketPath("/a", "1"), socketPath("/a", "2"), socketPath("/b", "1")];
    expect(new Set([...paths, tmuxSocketPath("/a")]).size).toBe(4);
    expect(socketPath("/a/../a", "1")).toBe(paths[0] ?? "");
    for (const path of paths) expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100);
  });

  test("lies in a folder that is refused when others could reach it", () => {
    const folder = (name: string) => join(root, name, `ao-${userInfo().uid}`);
    for (const name of ["new", "open", "link"]) mkdirSync(join(root, name));
    expect(runtimeFolder(join(root, "new"))).toBe(folder("new"));
    expect(statSync(folder("new")).mode & 0o777).toBe(0o700);
    mkdirSync(folder("open"));
    chmodSync(folder("open"), 0o755);
    expect(() => runtimeFolder(join(root, "open"))).toThrow(/not a private folder/);
    symlinkSync(folder("new"), folder("link"));
    expect(() => runtimeFolder(join(root, "link"))).toThrow(/not a private folder/);
  });
});

describe("the terminal log", () => {
  const read = (name: string) => readFileSync(join(root, name), "utf8");

  test("keeps one older file when it is full and appends to what is there", () => {
    const log = new TerminalLog(root, 10);
    for (const text of ["first", "later", "again", "x"]) log.append(Buffer.from(text));
    log.close();
    expect([read("terminal.log.1"), read("terminal.log")]).toEqual(["firstlater", "againx"]);
    const next = new TerminalLog(root, 10);
    next.append(Buffer.from("+"));
    next.close();
    expect(read("terminal.log")).toBe("againx+");
    expect(next.hasGap).toBe(false);
  });

  test.if(process.platform === "linux")("has a gap when the disk is full, and goes on", () => {
    const folder = join(root, "full");
    mkdirSync(folder);
    symlinkSync("/dev/full", join(folder, "terminal.log"));
    const log = new TerminalLog(folder);
    log.append(Buffer.from("lost"));
    expect(log.hasGap).toBe(true);
    log.close();
  });
});

test("strips from a text what a terminal could take for keys", () => {
  expect(typeable("a\x1b[201~b\x03\r\nc\td\x7fe\x9b\rf")).toBe("a[201~b\nc\tde\nf");
  expect(Buffer.from(pasteBytes("x", true)).toString()).toBe("\x1b[200~x\x1b[201~");
  expect(Buffer.from(pasteBytes("x\ny", false)).toString()).toBe("x\ny");
});
