import {
  appendFileSync,
  fstatSync,
  mkdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { agents } from "../agent/table.ts";
import { type HookMeaning, hookPayloadBytes } from "../domain/hook.ts";
import type { Session } from "../domain/session.ts";
import { messageOf, systemCode } from "../error.ts";
import { startDetached } from "../process/detach.ts";
import { leaveAtOnce } from "../process/leave.ts";
import { ownCommand } from "../process/self.ts";
import { ownEnvironment } from "../runtime/environment.ts";
import { hasOpenMessage } from "../store/message.ts";
import { openStore, type Store } from "../store/store.ts";
import { isHelperWanted } from "./notify/due.ts";
import { applyHook } from "./signal.ts";

/** A pipe holds no more at once. */
const chunkBytes = 64 * 1024;

const smallLogBytes = 256 * 1024;

/** The failure log becomes `hook.log.1` at this size. */
const logBytes = 1024 * 1024;

/**
 * `ao hook <agent> <event>`, run by the agent itself: reads the payload on standard input and
 * writes one signal. It never fails and prints nothing, since an agent would take either for an
 * answer; failures go to a log that `ao doctor` reads.
 */
export async function runHook(agent: string, event: string): Promise<void> {
  const dataDir = process.env["AO_DATA_DIR"];
  const sessionId = process.env["AO_SESSION_ID"];
  const launchId = process.env["AO_LAUNCH_ID"];
  // Run outside of any session, by a hook that outlived it.
  if (!dataDir || !sessionId || !launchId) return;
  try {
    await report({ agent, event, dataDir, sessionId, launchId });
  } catch (error) {
    logFailure(dataDir, `${agent} ${event} ${sessionId}: ${messageOf(error)}`);
  }
}

/** The log of hooks that failed. */
export function hookLogPath(dataDir: string): string {
  return join(dataDir, "logs", "hook.log");
}

interface Report {
  agent: string;
  event: string;
  dataDir: string;
  sessionId: string;
  launchId: string;
}

async function report({ agent, event, dataDir, sessionId, launchId }: Report): Promise<void> {
  const payload = parsePayload(await readPayload());
  const read = agents.get(agent)?.readHook?.(event, payload);
  if (!read) return;
  const found = { ...read, meaning: withPasted(read.meaning) };
  const store = openStore(dataDir);
  try {
    const session = applyHook(store, sessionId, launchId, found);
    if (session && (await isWorkLeft(store, session))) {
      // The agent must not wait for it.
      const argv = [...ownCommand(), "__run-once", "--by-agent", "--data-dir", dataDir];
      startDetached(argv, { env: ownEnvironment() });
    }
    if (isLogSmall(store)) await leaveAtOnce();
  } finally {
    store.close();
  }
}

/**
 * To close the store costs several flushes of the disk when nobody else has it open. A small
 * write-ahead log is rather left behind, as by a process that was killed: whoever comes next reads
 * on from it. A larger one would cost the next hook more than that.
 */
function isLogSmall({ path }: Store): boolean {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  return (log?.size ?? Infinity) <= smallLogBytes;
}

/** Whether a text or its receipt waits for this moment, or a dialog for the person to be told. */
async function isWorkLeft(store: Store, session: Session): Promise<boolean> {
  const { activity, activityDetail, id } = session;
  const isFree = activity === "idle" || activity === "waiting_input";
  const withReceipts = agents.get(session.agent)?.receipts === "hook";
  if (isFree && hasOpenMessage(store, id, withReceipts)) return true;
  const isAsking = activity === "blocked" || activityDetail !== null;
  return isAsking && (await isHelperWanted(store));
}

/** Puts what the agent has moved into files back into the prompt, as it was typed. */
function withPasted(meaning: HookMeaning): HookMeaning {
  if (meaning.kind !== "prompted" || !meaning.pasted) return meaning;
  let { prompt } = meaning;
  for (const { placeholder, path } of meaning.pasted) {
    if (statSync(path).size > hookPayloadBytes) throw new Error(`${path} is too large`);
    prompt = prompt.replace(placeholder, () => readFileSync(path, "utf8"));
  }
  return { kind: "prompted", prompt };
}

async function readPayload(): Promise<string> {
  // A terminal, or `/dev/null`; `process.stdin` would tell as well, after 8 ms of loading.
  if (fstatSync(0).isCharacterDevice()) return "{}";
  const chunks: Uint8Array[] = [];
  let size = 0;
  const add = (chunk: Uint8Array) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > hookPayloadBytes)
      throw new Error(`the payload is larger than ${hookPayloadBytes} bytes`);
  };
  if (!readAll(add)) for await (const chunk of Bun.stdin.stream()) add(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * Reads standard input to its end, without the time that it takes to set up a stream. False where
 * the agent has made its pipe one that does not wait: the rest is for a stream.
 */
function readAll(add: (chunk: Uint8Array) => void): boolean {
  try {
    for (;;) {
      const buffer = Buffer.alloc(chunkBytes);
      const size = readSync(0, buffer);
      if (size === 0) return true;
      add(buffer.subarray(0, size));
    }
  } catch (error) {
    if (systemCode(error) === "EAGAIN") return false;
    throw error;
  }
}

function parsePayload(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text.trim() || "{}");
  if (typeof value !== "object" || value === null) throw new Error("the payload is no object");
  return Object.fromEntries(Object.entries(value));
}

function logFailure(dataDir: string, text: string): void {
  const path = hookLogPath(dataDir);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > logBytes) renameSync(path, `${path}.1`);
    const time = new Date().toISOString();
    appendFileSync(path, `${time} ${text.slice(0, 2_000)}\n`, { mode: 0o600 });
  } catch {
    // Nothing can be told from here: the agent must go on whatever happens to its log.
    return;
  }
}
