import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { recoverConversations } from "../../src/engine/opencode/session.ts";
import { OpencodeClient } from "../../src/opencode/client.ts";
import { failure } from "./failure.ts";
import { dropPreparedHome, opencodeProgram, RealServer, tellWhySkipped } from "./real-server.ts";
import { Rival } from "./rival.ts";
import { home, permission, sampleSession, SampleStore } from "./sample-store.ts";

tellWhySkipped();

const withinMs = 600_000;

describe.skipIf(!opencodeProgram)("with a real server", () => {
  let server: RealServer;
  let sample: SampleStore;

  beforeAll(async () => {
    server = await RealServer.start();
    sample = new SampleStore();
  }, withinMs);

  afterAll(async () => {
    sample?.[Symbol.dispose]();
    await server?.[Symbol.asyncDispose]();
    await dropPreparedHome();
  }, withinMs);

  test(
    "two processes that ask at once make one conversation each, 200 times",
    async () => {
      await using one = new Rival(sample.dataDir, server.address);
      await using two = new Rival(sample.dataDir, server.address);
      await Promise.all([one.ready(), two.ready()]);
      const before = await conversations();
      for (let round = 0; round < 200; round += 1) {
        const session = sample.addSession();
        const answers = await Promise.all([one.ensure(session), two.ensure(session)]);
        expect(answers[0].id).toBe(answers[1].id);
        expect(answers.filter(({ justCreated }) => justCreated).length).toBe(1);
      }
      expect(await conversations()).toBe(before + 200);
    },
    withinMs,
  );

  test(
    "a process that is killed after the conversation was made leaks none",
    async () => {
      const before = await conversations();
      const env = { AO_TEST: "1", AO_FAILPOINT: "conversation.create.after" };
      await using rival = new Rival(sample.dataDir, server.address, env);
      await (await rival.ready()).dieOf(sample.addSession());
      expect(await conversations()).toBe(before + 1);
      expect(await recoverConversations(sample.store, server.client, home)).toBe(1);
      expect(await conversations()).toBe(before);
    },
    withinMs,
  );

  test(
    "a conversation has the title and the permissions that the caller gave",
    async () => {
      const id = sample.addSession();
      const { id: made } = await sampleSession(sample.store, server.address, id).ensure();
      const response = await fetch(`${server.address.url}/session/${made}`, {
        headers: { authorization: `Basic ${btoa(`opencode:${server.address.password}`)}` },
      });
      const wanted = { title: "a title", permission, directory: sample.dataDir };
      expect(await response.json()).toMatchObject(wanted);
    },
    withinMs,
  );

  test(
    "recreate lets many callers converge on one fresh conversation",
    async () => {
      const id = sample.addSession();
      const session = () => sampleSession(sample.store, server.address, id);
      const { id: stale } = await session().ensure();
      await server.client.deleteConversation(stale);
      const answers = await Promise.all(Array.from({ length: 8 }, () => session().recreate(stale)));
      expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
      expect(await server.client.hasConversation(answers[0]?.id ?? "")).toBe(true);
    },
    withinMs,
  );

  test(
    "abort of a conversation that is gone is no error, as the server answers it",
    async () => {
      const session = sampleSession(sample.store, server.address, sample.addSession());
      const { id } = await session.ensure();
      await server.client.deleteConversation(id);
      await session.abort((error) => expect.unreachable(String(error)));
      expect(await server.client.hasConversation(id)).toBe(false);
    },
    withinMs,
  );

  test(
    "a text that was handed over is found by its marker, and only by that",
    async () => {
      const session = sampleSession(sample.store, server.address, sample.addSession());
      const { id } = await session.ensure();
      expect(await server.client.isEmpty(id)).toBe(true);
      await server.client.sendText(id, { text: "hello", marker: "text:1" });
      const { arrival } = await import("../../src/engine/opencode/text.ts");
      expect(await arrival(server.client, id, "text:1", 20_000)).toStartWith("msg_");
      expect(await server.client.findText(id, "text:2")).toBeUndefined();
      await session.abort((error) => expect.unreachable(String(error)));
    },
    withinMs,
  );

  test(
    "what the server does not know, or another password, is told apart",
    async () => {
      expect(await server.client.hasConversation("ses_unknown")).toBe(false);
      const sent = server.client.sendText("ses_unknown", { text: "x", marker: "m" });
      expect(await failure(sent)).toBe("not_found");
      const other = new OpencodeClient({ ...server.address, password: "wrong" });
      expect(await failure(other.busyConversations())).toBe("unavailable");
    },
    withinMs,
  );

  async function conversations(): Promise<number> {
    return (await server.client.markedConversations(sample.dataDir)).size;
  }
});
