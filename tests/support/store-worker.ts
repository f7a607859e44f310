/** The far side of `StoreWorker`: one request a line on stdin, one reply a line on stdout. */
import { Database } from "bun:sqlite";
import { unlinkSync, writeFileSync } from "node:fs";

import { AoError, messageOf } from "../../src/error.ts";
import { ownIdentity } from "../../src/process/identity.ts";
import { eventsAfter } from "../../src/store/event.ts";
import { follow } from "../../src/store/follow.ts";
import { integrityProblems } from "../../src/store/integrity.ts";
import { acquireLease, renewLease } from "../../src/store/lease.ts";
import { migrate, pragmaNumber } from "../../src/store/migrate.ts";
import { adoptOperation, insertOperation, type Operation } from "../../src/store/operation.ts";
import { insertProject } from "../../src/store/project.ts";
import { listSessions, setTitle } from "../../src/store/session.ts";
import { type Fence, openStore, type Store } from "../../src/store/store.ts";
import { laterSchema } from "./later-schema.ts";
import { createSession, newProject } from "./store.ts";

export type Request =
  | { action: "ping" }
  | { action: "open"; dataDir: string }
  | { action: "migrate"; path: string }
  | { action: "use"; dataDir: string }
  | { action: "close" }
  | { action: "check" }
  | { action: "fill"; path: string; bytes: number }
  | { action: "unlink"; path: string }
  | { action: "addProject"; id: string }
  | { action: "rename"; sessionId: string; count: number; prefix: string }
  | { action: "create"; projectId: string; count: number }
  | { action: "read"; count: number }
  | { action: "acquire"; name: string; lifeMs: number }
  | { action: "renew"; fence: Fence; lifeMs: number }
  | { action: "begin"; id: string; sessionId: string }
  | { action: "adopt"; seen: Pick<Operation, "id" | "ownerPid" | "ownerStart"> }
  | { action: "follow"; after: number; count: number };

let store: Store | undefined;

const used = (): Store => {
  if (!store) throw new Error("no store is open");
  return store;
};

async function perform(request: Request): Promise<unknown> {
  switch (request.action) {
    case "ping":
      return "pong";
    case "open":
      openStore(request.dataDir).close();
      return true;
    case "migrate":
      return migrateLater(request.path);
    case "use":
      store = openStore(request.dataDir);
      return true;
    case "close":
      store?.close();
      return true;
    case "check":
      return integrityProblems(used());
    case "fill":
      return writeFileSync(request.path, Buffer.alloc(request.bytes, "x"));
    case "unlink":
      return unlinkSync(request.path);
    case "addProject":
      return used().write((tx) => insertProject(tx, newProject(request.id)));
    case "rename":
      return rename(request.sessionId, request.count, request.prefix);
    case "create":
      return Array.from({ length: request.count }, () =>
        used().write((tx) => createSession(tx, request.projectId)),
      );
    case "read":
      return read(request.count);
    case "acquire":
      return acquireLease(used(), request.name, ownIdentity(), request.lifeMs) ?? null;
    case "renew":
      return renewLease(used(), request.fence, request.lifeMs);
    case "begin":
      return begin(request.id, request.sessionId);
    case "adopt":
      return used().write((tx) => adoptOperation(tx, request.seen, ownIdentity()));
    case "follow":
      return await followFor(request.after, request.count);
  }
}

/** Does what a later program would, and returns the version that it leads to. */
function migrateLater(path: string): number {
  using db = new Database(path, { readwrite: true, create: false });
  db.run("pragma busy_timeout = 10000");
  migrate(db, path, laterSchema);
  return pragmaNumber(db, "user_version");
}

/** Each rename is a transaction of its own; returns how long the slowest took, in ms. */
function rename(sessionId: string, count: number, prefix: string): number {
  let slowest = 0;
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    used().write((tx) => setTitle(tx, sessionId, `${prefix} ${index}`));
    slowest = Math.max(slowest, performance.now() - start);
  }
  return slowest;
}

/** Reads as `ao ls` and a follower do; the log must never be seen out of order. */
function read(count: number): number {
  let after = 0;
  let seen = 0;
  for (let index = 0; index < count; index++) {
    listSessions(used());
    for (const event of eventsAfter(used(), after, {}, 100)) {
      if (event.seq !== after + 1) throw new Error(`${event.seq} came after ${after}`);
      after = event.seq;
      seen += 1;
    }
  }
  return seen;
}

function begin(id: string, sessionId: string): boolean {
  const operation = { id, sessionId, projectId: "shop", step: "intent", data: "{}" };
  used().write((tx) => insertOperation(tx, { ...operation, kind: "kill" }, ownIdentity()));
  return true;
}

/** Says that it listens, then follows until it has seen `count` events. */
async function followFor(after: number, count: number): Promise<number[]> {
  const seen: number[] = [];
  const stop = new AbortController();
  const following = follow(used(), {
    after,
    filter: {},
    signal: stop.signal,
    onBatch: (events) => {
      seen.push(...events.map(({ seq }) => seq));
      if (seen.length >= count) stop.abort();
    },
    onReset: (reset) => {
      throw new Error(`unexpected ${JSON.stringify(reset)}`);
    },
  });
  reply({ value: "following" });
  await following;
  return seen;
}

function reply(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function serve(): Promise<void> {
  for await (const line of console) {
    try {
      reply({ value: (await perform(JSON.parse(line))) ?? null });
    } catch (error) {
      const code = error instanceof AoError ? error.code : "internal";
      reply({ error: { code, message: messageOf(error) } });
    }
  }
}

if (import.meta.main) await serve();
