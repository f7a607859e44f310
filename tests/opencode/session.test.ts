import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { AoError } from "../../src/error.ts";
import { getSession } from "../../src/store/session.ts";
import { failure } from "./failure.ts";
import { FakeOpencode } from "./fake-server.ts";
import { Rival } from "./rival.ts";
import { permission, sampleSession, SampleStore } from "./sample-store.ts";

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

describe("ensure", () => {
  test("creates a conversation with what the caller gave, once", async () => {
    const session = sampleSession(sample.store, fake.address, id);
    const first = await session.ensure();
    expect(first).toEqual({ id: [...fake.conversations.keys()][0] ?? "", justCreated: true });
    expect(await session.ensure()).toEqual({ id: first.id, justCreated: false });
    expect(stored()).toBe(first.id);
    const made = fake.conversations.get(first.id);
    expect(made).toMatchObject({ title: "a title", permission, directory: sample.dataDir });
    expect(fake.count("POST /session")).toBe(1);
  });

  test("creates one conversation when many callers of one process ask at once", async () => {
    const callers = Array.from({ length: 12 }, () =>
      sampleSession(sample.store, fake.address, id).ensure(),
    );
    const answers = await Promise.all(callers);
    expect(new Set(answers.map((one) => one.id)).size).toBe(1);
    expect(answers.filter((one) => one.justCreated).length).toBe(1);
    expect(fake.conversations.size).toBe(1);
  });

  test("creates one conversation each when two processes ask at once", async () => {
    await using one = new Rival(sample.dataDir, fake.address);
    await using two = new Rival(sample.dataDir, fake.address);
    await Promise.all([one.ready(), two.ready()]);
    for (let round = 0; round < 25; round += 1) {
      const session = sample.addSession();
      const answers = await Promise.all([one.ensure(session), two.ensure(session)]);
      expect(answers[0].id).toBe(answers[1].id);
      expect(answers.filter(({ justCreated }) => justCreated).length).toBe(1);
    }
    expect(fake.conversations.size).toBe(25);
  });

  test("lets a second caller create it when the first is refused", async () => {
    fake.trouble("POST /session", { status: 400 });
    const session = () => sampleSession(sample.store, fake.address, id).ensure();
    const answers = await Promise.allSettled([session(), session()]);
    expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(fake.conversations.size).toBe(1);
  });

  test("does not wait for a server that hangs longer than it must", async () => {
    fake.trouble("POST /session", { hang: "never" });
    const session = sampleSession(sample.store, fake.address, id, { timeoutMs: 100 });
    expect(await failure(session.ensure())).toBe("unavailable");
    expect((await session.ensure()).justCreated).toBe(true);
  });

  test("throws for a session that is not there", async () => {
    const session = sampleSession(sample.store, fake.address, "shop-99");
    expect(await failure(session.ensure())).toBe("not_found");
    expect(fake.requests).toEqual([]);
  });
});

describe("recreate", () => {
  test("makes a fresh conversation each time that it is called", async () => {
    const session = sampleSession(sample.store, fake.address, id);
    const first = await session.ensure();
    const second = await session.recreate();
    const third = await session.recreate();
    expect(new Set([first.id, second.id, third.id]).size).toBe(3);
    expect([second.justCreated, third.justCreated]).toEqual([true, true]);
    expect(stored()).toBe(third.id);
  });

  test("lets concurrent callers of many processes converge on one", async () => {
    const { id: stale } = await sampleSession(sample.store, fake.address, id).ensure();
    await using one = new Rival(sample.dataDir, fake.address);
    await using two = new Rival(sample.dataDir, fake.address);
    await Promise.all([one.ready(), two.ready()]);
    const own = Array.from({ length: 6 }, () =>
      sampleSession(sample.store, fake.address, id).recreate(stale),
    );
    const rivals = [one.recreate(id, stale), two.recreate(id, stale)];
    const answers = await Promise.all([...own, ...rivals]);
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
    expect(answers.filter(({ justCreated }) => justCreated).length).toBe(1);
    expect(answers[0]?.id).not.toBe(stale);
    expect(fake.conversations.size).toBe(2);
  });

  test("takes what replaced the stale conversation meanwhile", async () => {
    const session = sampleSession(sample.store, fake.address, id);
    const { id: stale } = await session.ensure();
    const { id: fresh } = await session.recreate(stale);
    expect(await session.recreate(stale)).toEqual({ id: fresh, justCreated: false });
  });
});

describe("abort", () => {
  test("calls nobody when there is no conversation", async () => {
    const errors: unknown[] = [];
    await sampleSession(sample.store, fake.address, id).abort((error) => errors.push(error));
    expect(errors).toEqual([]);
    expect(fake.requests).toEqual([]);
  });

  test("breaks off the turn of the conversation", async () => {
    const session = sampleSession(sample.store, fake.address, id);
    await session.ensure();
    await session.abort(() => expect.unreachable());
    expect(fake.count("POST /session/:id/abort")).toBe(1);
  });

  test.each([{ status: 500 }, { status: 404 }, { hang: "never" }] as const)(
    "tells the callback of %p and does not throw",
    async (trouble) => {
      const session = sampleSession(sample.store, fake.address, id, { timeoutMs: 100 });
      await session.ensure();
      fake.trouble("POST /session/:id/abort", trouble);
      const errors: unknown[] = [];
      await session.abort((error) => errors.push(error));
      expect(errors.length).toBe(1);
      expect(errors[0]).toBeInstanceOf(AoError);
    },
  );
});

function stored(): string | null {
  return getSession(sample.store, id).agentSessionId;
}
