import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from "node:fs";
import { join } from "node:path";

import type { AgentState, StateFile, StateJournal } from "../agent/port.ts";
import { agents } from "../agent/table.ts";
import type { Signal } from "../domain/lifecycle.ts";
import { reduceSignal } from "../domain/lifecycle.ts";
import type { Session } from "../domain/session.ts";
import { systemCode } from "../error.ts";
import { launchPath, readLaunchSpec } from "../runtime/launch.ts";
import { recordEvidence } from "../store/evidence.ts";
import { getSession, patchSession } from "../store/session.ts";
import type { Fence } from "../store/store.ts";
import type { Engine } from "./engine.ts";
import { ownPath, sessionDirectory } from "./paths.ts";
import { notifyDialog } from "./signal.ts";

/** Larger than any state file; of a journal, so much of its end is read. */
const fileBytes = 64 * 1024;

/** A state must have held this long: hooks that tell the same are still on their way. */
const settledMs = 1_000;

/**
 * What the agent's own state file says of a session's running process; undefined where the agent
 * keeps none, or where it says nothing of this conversation. Reads a few small files, no more.
 */
export function readAgentState(engine: Engine, session: Session): AgentState | undefined {
  const source = agents.get(session.agent)?.state;
  const { agentSessionId } = session;
  const spec = launchPath(sessionDirectory(engine.dataDir, session.id));
  if (!source || agentSessionId === null || !existsSync(spec)) return undefined;
  const { env } = readLaunchSpec(spec);
  if ("readLine" in source) {
    const path = ownPath(source.file(agentSessionId), env);
    const state = lastState(readEnd(path), source);
    return state && { ...state, agentSessionId };
  }
  const states = readStates(ownPath(source.folder, env), source);
  const mine = states.filter((state) => state.agentSessionId === agentSessionId);
  // A process that was killed leaves its file behind; the one that writes is the newest.
  return mine.sort((one, other) => other.at - one.at)[0];
}

/**
 * Corrects a session by its agent's state file where that is newer than the last signal: Escape
 * and a refused dialog raise no hook, a prompt always does. Returns whether anything changed.
 */
export function applyAgentState(engine: Engine, session: Session, fence?: Fence): boolean {
  if (session.activity !== "active" && session.activity !== "blocked") return false;
  const now = Date.now();
  const state = readAgentState(engine, session);
  if (!state || session.launchedAt === null || state.at < session.launchedAt) return false;
  if (state.at <= session.activityAt || now - state.at < settledMs) return false;
  if (state.activity === session.activity) return false;
  return engine.store.write((tx) => {
    const current = getSession(tx, session.id);
    // A hook that came in meanwhile is newer than what the file said.
    if (current.revision !== session.revision) return false;
    const patch = reduceSignal(current, signalFrom(current, state));
    if (!patch || !patchSession(tx, current, patch)) return false;
    const detail = `its state file: ${state.detail?.text ?? state.activity}`;
    recordEvidence(tx, session.id, { source: "hook", verdict: state.activity, detail });
    notifyDialog(tx, getSession(tx, session.id), current);
    return true;
  }, fence);
}

function signalFrom(session: Session, state: AgentState): Signal {
  const { activity, detail = null } = state;
  return { launchId: session.launchId ?? "", activity, detail, at: state.at };
}

function lastState(text: string, journal: StateJournal) {
  const told = text.split("\n").flatMap((line) => {
    const event = parseObject(line);
    const state = event && journal.readLine(event);
    return state ? [state] : [];
  });
  return told.at(-1);
}

/** The end of a file, however long that has grown; empty when there is none. */
function readEnd(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      const bytes = Buffer.alloc(Math.min(size, fileBytes));
      const count = readSync(file, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString("utf8", 0, count);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "";
    throw error;
  }
}

function readStates(folder: string, file: StateFile): AgentState[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder).flatMap((name) => {
    const content = name.endsWith(".json") ? parseObject(readEnd(join(folder, name))) : undefined;
    const state = content && file.read(content);
    return state ? [state] : [];
  });
}

/** What is half written, or cut off at its start, tells nothing this time. */
function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    return Object.fromEntries(Object.entries(value));
  } catch {
    return undefined;
  }
}
