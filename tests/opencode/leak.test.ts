import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";

import { recoverConversations } from "../../src/engine/opencode/session.ts";
import { OpencodeClient } from "../../src/opencode/client.ts";
import { discardConversationsOf } from "../../src/store/conversation.ts";
import { deleteSession, getSession } from "../../src/store/session.ts";
import { waitFor } from "../support/wait.ts";
import { failure } from "./failure.ts";
import { FakeOpencode } from "./fake-server.ts";
import { Rival } from "./rival.ts";
import { home, sampleSession, SampleStore } from "./sample-store.ts";

let fake: FakeOpencode;
let sample: SampleStore;
let id: string;

beforeEach(() => {
  fake = new FakeOpencode();
  sample = new SampleStore();
  id = sample.addSession();
});

afterEach(() => {
  fake[Symbol.dispose]();
  sample[Symbol.dispose]();
});

describe("a conversation that cannot be stored", () => {
  test("is deleted when the session went away meanwhile", async () => {
    const asked = sampleSession(sample.store, fake.address, id).ensure();
    sample.store.write((tx) => deleteSession(tx, id));
    expect(await failure(asked)).toBe("conflict");
    expect(fake.count("DELETE /session/:id")).toBe(1);
    expect(fake.conversations.size).toBe(0);
    expect(unsettled()).toBe(0);
  });

  test("is deleted when the database refuses the write", async () => {
    refuseWrites("update of agent_session_id on session");
    await expect(sampleSession(sample.store, fake.address, id).ensure()).rejects.toThrow("no room");
    expect(fake.conversations.size).toBe(0);
    expect(unsettled()).toBe(0);
  });

  test("is deleted later when even deleting it fails", async () => {
    refuseWrites("update of agent_session_id on session");
    fake.trouble("DELETE /session/:id", { status: 500 });
    await expect(sampleSession(sample.store, fake.address, id).ensure()).rejects.toThrow("no room");
    expect(fake.conversations.size).toBe(1);
    // As if this process had died: its intent is nobody's any more.
    disown();
    expect(await recover()).toBe(1);
    expect(fake.conversations.size).toBe(0);
    expect(unsettled()).toBe(0);
  });

  test("is deleted later when its answer never came", async () => {
    fake.trouble("POST /session", { hang: "done" });
    const session = sampleSession(sample.store, fake.address, id, { timeoutMs: 100 });
    expect(await failure(session.ensure())).toBe("unavailable");
    const kept = await session.ensure();
    expect(fake.conversations.size).toBe(2);
    expect(await recover()).toBe(1);
    expect([...fake.conversations.keys()]).toEqual([kept.id]);
  });

  test("is waited for when it may still come", async () => {
    fake.trouble("POST /session", { status: 500 });
    const session = sampleSession(sample.store, fake.address, id);
    expect(await failure(session.ensure())).toBe("unavailable");
    expect(await recover()).toBe(0);
    expect(unsettled()).toBe(1);
    // The request was carried out after all, behind everybody's back.
    const marker = column("marker");
    fake.add({ directory: sample.dataDir, metadata: { ao: marker } });
    expect(await recover()).toBe(1);
    expect(fake.conversations.size).toBe(0);
    expect(unsettled()).toBe(0);
  });
});

describe("a process that is killed", () => {
  test.each([
    { point: "conversation.create.before", left: 0 },
    { point: "conversation.create.after", left: 1 },
  ])("at $point leaves nothing behind after recovery", async ({ point, left }) => {
    const foreign = fake.add({ directory: sample.dataDir });
    await using rival = new Rival(sample.dataDir, fake.address, failAt(point));
    expect(await (await rival.ready()).dieOf(id)).toBe("SIGKILL");
    expect(fake.conversations.size).toBe(1 + left);
    expect(stored()).toBe(null);
    expect(await recover()).toBe(left);
    expect([...fake.conversations.keys()]).toEqual([foreign]);
  });

  test("after storing leaves its conversation to the session", async () => {
    await using rival = new Rival(sample.dataDir, fake.address, failAt("conversation.store.after"));
    expect(await (await rival.ready()).dieOf(id)).toBe("SIGKILL");
    expect(await recover()).toBe(0);
    const answer = await sampleSession(sample.store, fake.address, id).ensure();
    expect(answer.justCreated).toBe(false);
    expect([...fake.conversations.keys()]).toEqual([answer.id]);
  });

  test("does not keep the next caller waiting, and leaks nothing to it", async () => {
    const point = "conversation.create.after";
    await using rival = new Rival(sample.dataDir, fake.address, failAt(point));
    await (await rival.ready()).dieOf(id);
    const startedAt = performance.now();
    const { id: kept } = await sampleSession(sample.store, fake.address, id).ensure();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await recover();
    expect([...fake.conversations.keys()]).toEqual([kept]);
  });
});

test("recover deletes the conversation of a spawn that was undone, and no other", async () => {
  const other = await sampleSession(sample.store, fake.address, sample.addSession()).ensure();
  await sampleSession(sample.store, fake.address, id).ensure();
  sample.store.write((tx) => {
    discardConversationsOf(tx, id);
    deleteSession(tx, id);
  });
  expect(await recover()).toBe(1);
  expect([...fake.conversations.keys()]).toEqual([other.id]);
});

test("recover leaves a conversation alone that is being made", async () => {
  fake.trouble("POST /session", { hang: "done" });
  const options = { timeoutMs: 500 };
  const asked = sampleSession(sample.store, fake.address, id, options).ensure();
  await waitFor(() => fake.conversations.size === 1);
  expect(await recover()).toBe(0);
  expect(fake.conversations.size).toBe(1);
  expect(await failure(asked)).toBe("unavailable");
});

test("recover leaves what belongs to another store of the program", async () => {
  await using rival = new Rival(sample.dataDir, fake.address, failAt("conversation.create.after"));
  await (await rival.ready()).dieOf(id);
  const client = new OpencodeClient(fake.address);
  expect(await recoverConversations(sample.store, client, "elsewhere")).toBe(0);
  expect(fake.conversations.size).toBe(1);
});

function recover(): Promise<number> {
  return recoverConversations(sample.store, new OpencodeClient(fake.address), home);
}

function stored(): string | null {
  return getSession(sample.store, id).agentSessionId;
}

function failAt(point: string): Record<string, string> {
  return { AO_TEST: "1", AO_FAILPOINT: point };
}

/** Makes the database refuse writes, as a full disk would. */
function refuseWrites(when: string): void {
  withDatabase((db) => {
    const refuse = "begin select raise(abort, 'no room'); end";
    db.run(`create trigger refused before ${when} ${refuse}`);
  });
}

/** Gives what is under way to a process that is dead. */
function disown(): void {
  withDatabase((db) => void db.run("update conversation set owner_start = 'long ago'"));
}

function unsettled(): number {
  const rows = withDatabase((db) =>
    db.query("select marker from conversation where state <> 'current'").all(),
  );
  return rows.length;
}

function column(name: string): unknown {
  return withDatabase((db) => db.query(`select ${name} from conversation`).values()[0]?.[0]);
}

function withDatabase<T>(work: (db: Database) => T): T {
  const db = new Database(join(sample.dataDir, "ao.db"), { readwrite: true, create: false });
  try {
    return work(db);
  } finally {
    db.close(true);
  }
}
