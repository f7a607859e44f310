import { afterEach, beforeEach, expect, test } from "bun:test";

import { OpencodeClient } from "../../src/opencode/client.ts";
import { hostsWithoutProxy } from "../../src/opencode/proxy.ts";
import type { OpencodeEvent } from "../../src/opencode/schema.ts";
import { waitFor } from "../support/wait.ts";
import { failure } from "./failure.ts";
import { FakeOpencode } from "./fake-server.ts";

let fake: FakeOpencode;

beforeEach(() => {
  fake = new FakeOpencode();
});

afterEach(() => fake[Symbol.dispose]());

const wanted = { directory: "/somewhere", title: "t", permission: [], marker: "m" };

test("waits for a server that swallows requests while it starts", async () => {
  fake.trouble("GET /session/status", { hang: "never" }, { status: 503 }, { hang: "never" });
  await client().waitUntilReady({ withinMs: 10_000, tryMs: 50 });
  expect(fake.count("GET /session/status")).toBe(4);
});

test("gives up on a server that never gets ready", async () => {
  const trouble = Array.from({ length: 100 }, () => ({ hang: "never" }) as const);
  fake.trouble("GET /session/status", ...trouble);
  const startedAt = performance.now();
  expect(await failure(client().waitUntilReady({ withinMs: 200, tryMs: 50 }))).toBe("unavailable");
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test("gives up at once when it is told to", async () => {
  fake.trouble("GET /session/status", { hang: "never" });
  const signal = AbortSignal.abort();
  const ready = client().waitUntilReady({ withinMs: 60_000, tryMs: 50, signal });
  expect(await failure(ready)).toBe("unavailable");
});

test("reads what goes wrong as what it is", async () => {
  fake.trouble("POST /session", { status: 500 }, { status: 400 }, { hang: "never" });
  expect(await failure(client().createConversation(wanted))).toBe("unavailable");
  expect(await failure(client().createConversation(wanted))).toBe("failed");
  expect(await failure(client().createConversation(wanted))).toBe("unavailable");
  const other = new OpencodeClient({ url: fake.url, password: "wrong" });
  expect(await failure(other.createConversation(wanted))).toBe("unavailable");
  const nobody = new OpencodeClient({ url: "http://127.0.0.1:1", password: "" });
  expect(await failure(nobody.createConversation(wanted))).toBe("unavailable");
  expect(fake.conversations.size).toBe(0);
});

test("knows what is there and what is not", async () => {
  const id = await client().createConversation(wanted);
  expect(await client().hasConversation(id)).toBe(true);
  expect(await client().markedConversations("/somewhere")).toEqual(new Map([["m", id]]));
  expect(await client().markedConversations("/elsewhere")).toEqual(new Map());
  await client().deleteConversation(id);
  await client().deleteConversation(id);
  expect(await client().hasConversation(id)).toBe(false);
  expect(await failure(client().hasConversation("../config"))).toBe("not_found");
});

test("finds a text by its marker once it stands in the conversation", async () => {
  const id = await client().createConversation(wanted);
  expect(await client().isEmpty(id)).toBe(true);
  expect(await client().findText(id, "text:1")).toBeUndefined();
  await client().sendText(id, { text: "hello", marker: "text:1" });
  await client().sendText(id, { text: "more", marker: "text:2" });
  const [first] = fake.conversations.get(id)?.messages ?? [];
  expect(await client().findText(id, "text:1")).toBe(first?.info.id ?? "");
  expect(await client().isEmpty(id)).toBe(false);
});

test("follows the events until it is stopped", async () => {
  const events: OpencodeEvent[] = [];
  const stop = new AbortController();
  const followed = (async () => {
    for await (const event of client().events(stop.signal)) events.push(event);
  })();
  await waitFor(() => fake.followers === 1);
  fake.emit("session.idle", { sessionID: "ses_1" });
  await waitFor(() => events.length === 2);
  stop.abort();
  await followed;
  expect(events.map(({ type }) => type)).toEqual(["server.connected", "session.idle"]);
});

test("tells of a stream that cannot be opened", async () => {
  fake.trouble("GET /event", { status: 500 });
  const stream = client().events(new AbortController().signal);
  expect(await failure(stream.next())).toBe("unavailable");
});

test("hostsWithoutProxy adds the loopback interface to what a person has set", () => {
  expect(hostsWithoutProxy({})).toBe("127.0.0.1");
  expect(hostsWithoutProxy({ NO_PROXY: "a.example" })).toBe("a.example,127.0.0.1");
  expect(hostsWithoutProxy({ no_proxy: "127.0.0.1, b" })).toBe("127.0.0.1, b");
  expect(hostsWithoutProxy({ NO_PROXY: "*" })).toBe("*");
});

test("reaches the server past a person's proxy", async () => {
  const script = `
    const { OpencodeClient } = await import(${JSON.stringify(clientPath)});
    const server = { url: process.argv[1], password: "secret" };
    await new OpencodeClient(server).waitUntilReady({ withinMs: 5000 });
  `;
  const child = Bun.spawn([process.execPath, "-e", script, fake.url], {
    env: { ...process.env, HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  expect(await new Response(child.stderr).text()).toBe("");
  expect(await child.exited).toBe(0);
});

const clientPath = `${import.meta.dir}/../../src/opencode/client.ts`;

function client(): OpencodeClient {
  return new OpencodeClient(fake.address, 300);
}
