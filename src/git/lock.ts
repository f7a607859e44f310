import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { AoError, systemCode } from "../error.ts";
import { ownIdentity, probeIdentity, type ProcessIdentity } from "../process/identity.ts";
import { readText } from "./layout.ts";

export interface LockOptions {
  /** A directory of ao's own, shared by all processes that must exclude each other. */
  lockDir: string;
  /** The git directory that all work trees of the repository share. */
  gitDir: string;
  /** Milliseconds to wait for the others; a minute when absent. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Runs an action while no other process of ao changes the same repository. A process that died
 * with the lock holds nobody up. Not reentrant. Throws `timeout` and `interrupted`.
 */
export async function withRepositoryLock<T>(
  options: LockOptions,
  action: () => Promise<T>,
): Promise<T> {
  const release = await acquire(options);
  try {
    return await action();
  } finally {
    release();
  }
}

/*
 * The lock is a directory of numbered tickets. The highest ticket is the lock: it names its owner,
 * or is empty when it was given back. Taking it means creating the next number, which only one can
 * do, so two that find the same dead owner cannot both win, and no ticket of a living owner is ever
 * taken away by name.
 */
async function acquire(options: LockOptions): Promise<() => void> {
  const directory = directoryOf(options);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const deadline = Date.now() + (options.timeoutMs ?? 60_000);
  for (let delayMs = 1; ; delayMs = Math.min(delayMs * 2, 25)) {
    const ticket = tryAcquire(directory);
    if (ticket !== undefined) return () => giveBack(join(directory, String(ticket)));
    if (options.signal?.aborted) throw new AoError("interrupted", "waiting for a repository ended");
    if (Date.now() >= deadline) throw lockTimeout(options, directory);
    await pause(delayMs * (0.5 + Math.random()));
  }
}

/** The number of the ticket that was won, or undefined while someone else has the lock. */
function tryAcquire(directory: string): number | undefined {
  const last = highestTicket(directory);
  if (last > 0 && isHeld(join(directory, String(last)))) return undefined;
  const mine = last + 1;
  if (!createTicket(directory, mine)) return undefined;
  // Someone may have gone on from `last` and swept `mine` away before it was created again here.
  if (highestTicket(directory) !== mine) {
    rmSync(join(directory, String(mine)), { force: true });
    return undefined;
  }
  sweep(directory, mine);
  return mine;
}

/** Creates a ticket with its content in one step, which a plain exclusive create cannot do. */
function createTicket(directory: string, number: number): boolean {
  const draft = join(directory, `draft-${crypto.randomUUID()}`);
  const { pid, start } = ownIdentity();
  writeFileSync(draft, `${pid} ${start}`, { mode: 0o600 });
  try {
    linkSync(draft, join(directory, String(number)));
    return true;
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A ticket that vanished was swept by a newer owner, so the lock has to be looked at again. */
function isHeld(ticket: string): boolean {
  const text = readText(ticket);
  if (text === undefined) return true;
  return text !== "" && probeIdentity(parseOwner(text)) !== "dead";
}

function parseOwner(text: string): ProcessIdentity {
  const end = text.indexOf(" ");
  return { pid: Number(text.slice(0, end)), start: text.slice(end + 1) };
}

function giveBack(ticket: string): void {
  if (existsSync(ticket)) truncateSync(ticket, 0);
}

/** Deletes what no one can win with any more: lower tickets, and drafts of processes that died. */
function sweep(directory: string, mine: number): void {
  const isOld = (path: string) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat !== undefined && Date.now() - stat.mtimeMs > 60_000;
  };
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (/^\d+$/.test(name) ? Number(name) < mine : isOld(path)) rmSync(path, { force: true });
  }
}

function highestTicket(directory: string): number {
  return Math.max(0, ...tickets(directory));
}

function tickets(directory: string): number[] {
  return readdirSync(directory)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function directoryOf({ lockDir, gitDir }: LockOptions): string {
  const name = new Bun.CryptoHasher("sha256")
    .update(realpathSync(gitDir))
    .digest("hex")
    .slice(0, 16);
  return join(lockDir, `${name}.lock`);
}

function lockTimeout({ gitDir, timeoutMs }: LockOptions, directory: string): AoError {
  const text = readText(join(directory, String(highestTicket(directory))));
  const owner = text ? ` by process ${parseOwner(text).pid}` : "";
  return new AoError(
    "timeout",
    `repository \`${gitDir}\` is still being changed${owner} after ${timeoutMs ?? 60_000} ms`,
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
