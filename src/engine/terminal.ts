import { closeSync, existsSync, fstatSync, openSync, readSync, statSync, watch } from "node:fs";
import { join } from "node:path";

import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { readLastScreen } from "../runtime/last-screen.ts";
import type { RuntimeHandle, Screen } from "../runtime/port.ts";
import { getSession } from "../store/session.ts";
import type { Engine } from "./engine.ts";
import { sessionDirectory } from "./paths.ts";
import { probeSessions } from "./probe.ts";

/** As much of a terminal log as is looked through for its last lines. */
const tailBytes = 1024 * 1024;

/**
 * What is on an agent's screen, or was when it ended.
 * Throws `not_found`, and `unavailable` when nothing was kept or the terminal does not answer.
 */
export async function screenOf(engine: Engine, id: string): Promise<Screen> {
  const session = getSession(engine.store, id);
  const handle = await livingHandle(engine, session);
  if (handle) return await (await engine.runtime(session.runtime)).screen(handle);
  const last = await readLastScreen(sessionDirectory(engine.dataDir, id));
  if (last) return last;
  throw new AoError("unavailable", `session ${id} has no screen`, `ao why ${id}`);
}

/** The screen of a session's terminal; undefined where there is none, or it does not answer. */
export async function readScreen(engine: Engine, session: Session): Promise<Screen | undefined> {
  if (session.runtimeHandle === null) return undefined;
  const handle: RuntimeHandle = JSON.parse(session.runtimeHandle);
  try {
    return await (await engine.runtime(session.runtime)).screen(handle);
  } catch (error) {
    // A terminal that does not answer shows nothing; its probe tells of that.
    if (error instanceof AoError) return undefined;
    throw error;
  }
}

/** The handle of a session whose terminal can be asked now. */
export async function livingHandle(
  engine: Engine,
  session: Session,
): Promise<RuntimeHandle | undefined> {
  if (session.runtimeHandle === null || session.isTerminated) return undefined;
  const probe = (await probeSessions(engine, [session])).get(session.id);
  // A tmux pane stays after its agent has ended, and still shows what it said.
  const isThere = probe?.runtime === "alive" && (probe.agent === "alive" || !probe.exit);
  const isKept = session.runtime === "tmux" && probe?.runtime === "alive";
  return isThere || isKept ? JSON.parse(session.runtimeHandle) : undefined;
}

/**
 * The last lines that an agent printed, without terminal control.
 * Throws `not_found`, and `unavailable` when there is no log.
 */
export async function logTail(engine: Engine, id: string, lines: number): Promise<string[]> {
  const session = getSession(engine.store, id);
  const text = readTail(logPath(engine, id));
  if (text !== undefined) return lastLines(plainText(text), lines);
  const screen = await screenOf(engine, session.id);
  return [...screen.scrollback, ...screen.lines].slice(-lines);
}

/** Calls back with what is added to a terminal log, until the signal. Throws as `logTail` does. */
export async function followLog(
  engine: Engine,
  id: string,
  signal: AbortSignal,
  onText: (text: string) => void,
): Promise<void> {
  getSession(engine.store, id);
  const path = logPath(engine, id);
  if (!existsSync(path)) throw new AoError("unavailable", `session ${id} keeps no log`);
  let offset = statSync(path).size;
  const read = () => {
    const added = readFrom(path, offset);
    offset = added.end;
    if (added.text) onText(plainText(added.text));
  };
  const watcher = watch(path, read);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  watcher.close();
}

/** The last line or two that an agent printed, for an error message. */
export async function lastOutput(engine: Engine, session: Session): Promise<string> {
  try {
    const lines = await logTail(engine, session.id, 200);
    const told = lines.map((line) => line.trim()).filter(Boolean);
    return told.slice(-3).join(" / ").slice(0, 400);
  } catch (error) {
    // The error that is being told matters more than that its details are missing.
    if (error instanceof AoError) return "";
    throw error;
  }
}

/** Milliseconds since an agent's terminal last printed something; undefined when unknown. */
export function terminalQuietMs(dataDir: string, id: string, now: number): number | undefined {
  const stat = statSync(join(sessionDirectory(dataDir, id), "terminal.log"), {
    throwIfNoEntry: false,
  });
  return stat && Math.max(0, now - stat.mtimeMs);
}

/** Text as a person reads it: no escape sequences, carriage returns resolved, no other control. */
export function plainText(text: string): string {
  return Bun.stripANSI(text)
    .split("\n")
    .map((line) => line.replace(/\r+$/, ""))
    .map((line) => line.slice(line.lastIndexOf("\r") + 1))
    .join("\n")
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

function logPath(engine: Engine, id: string): string {
  return join(sessionDirectory(engine.dataDir, id), "terminal.log");
}

function lastLines(text: string, count: number): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.slice(-count);
}

function readTail(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const start = Math.max(0, statSync(path).size - tailBytes);
  return readFrom(path, start).text;
}

function readFrom(path: string, offset: number): { text: string; end: number } {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    // A smaller file is a new one: the log was rotated.
    const start = size < offset ? 0 : offset;
    const bytes = Buffer.alloc(size - start);
    readSync(file, bytes, 0, bytes.length, start);
    return { text: bytes.toString("utf8"), end: size };
  } finally {
    closeSync(file);
  }
}
