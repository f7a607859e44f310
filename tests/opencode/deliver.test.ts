import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";

import { createEngine, type Engine } from "../../src/engine/engine.ts";
import {
  abortOpencode,
  answerOpencode,
  deliverToOpencode,
} from "../../src/engine/opencode/opencode.ts";
import { publishServer } from "../../src/engine/opencode/server.ts";
import { sessionDirectory } from "../../src/engine/paths.ts";
import { getSession } from "../../src/store/session.ts";
import { FakeOpencode } from "./fake-server.ts";
import { home, SampleStore } from "./sample-store.ts";

let fake: FakeOpencode;
let sample: SampleStore;
let engine: Engine;
let id: string;

beforeEach(() => {
  fake = new FakeOpencode();
  sample = new SampleStore();
  engine = createEngine({ store: sample.store, self: [], env: {} });
  id = sample.addSession();
  mkdirSync(sessionDirectory(sample.dataDir, id), { recursive: true });
  publish("launch-1");
});

afterEach(() => {
  fake[Symbol.dispose]();
  sample[Symbol.dispose]();
});

describe("deliver", () => {
  test("begins the conversation, shows it, and returns the message as receipt", async () => {
    const result = await deliver("m1", "queued", "hello");
    const [made] = fake.conversations.values();
    const receipt = made?.messages[0]?.info.id ?? "";
    expect(result).toEqual({ kind: "acked", receipt });
    expect(textsOf()).toEqual(["hello"]);
    expect([sent, taken]).toEqual([1, 1]);
    expect(fake.count("POST /tui/select-session")).toBe(1);
    await deliver("m2", "queued", "more");
    expect(textsOf()).toEqual(["hello", "more"]);
    expect(fake.count("POST /tui/select-session")).toBe(1);
  });

  test("finds a text that a dead deliverer has sent, and does not send it again", async () => {
    await deliver("m1", "queued", "hello");
    const result = await deliver("m1", "delivering", "hello");
    expect(result.kind).toBe("acked");
    expect(textsOf()).toEqual(["hello"]);
  });

  test("waits for a server that has not started, or belongs to an older launch", async () => {
    publish("launch-0");
    const result = await deliver("m1", "queued", "hello");
    expect(result).toEqual({ kind: "waiting", reason: "its server has not started yet" });
    expect(fake.requests).toEqual([]);
    expect(sent).toBe(0);
  });

  test("waits when the server breaks, and sends what has not arrived once it is well", async () => {
    fake.trouble("POST /session/:id/prompt_async", { status: 500 });
    expect((await deliver("m1", "queued", "hello")).kind).toBe("waiting");
    expect([sent, taken]).toEqual([1, 0]);
    expect((await deliver("m1", "delivering", "hello")).kind).toBe("acked");
    expect(textsOf()).toEqual(["hello"]);
  }, 10_000);

  test("calls a text submitted that was taken, when nothing more can be asked", async () => {
    fake.trouble("GET /session/:id/message", { status: 500 });
    expect(await deliver("m1", "queued", "hello")).toEqual({ kind: "submitted" });
    expect([sent, taken]).toEqual([1, 1]);
    expect(textsOf()).toEqual(["hello"]);
  });

  test("begins anew when a person has deleted the conversation", async () => {
    await deliver("m1", "queued", "hello");
    fake.conversations.clear();
    expect((await deliver("m2", "queued", "more")).kind).toBe("acked");
    expect(textsOf()).toEqual(["more"]);
    expect(getSession(sample.store, id).agentSessionId).toBe(
      [...fake.conversations.keys()][0] ?? "",
    );
  });

  test("throws what the server refuses", async () => {
    await deliver("m1", "queued", "hello");
    fake.trouble("POST /session/:id/prompt_async", { status: 400 });
    expect(deliver("m2", "queued", "more")).rejects.toThrow("400");
  });
});

describe("answer", () => {
  test.each(["allow", "deny"] as const)("%ss the permission that is asked for", async (answer) => {
    fake.permissions.push(permission("per_1"));
    await answerOpencode(engine, getSession(sample.store, id), answer);
    expect(fake.permissions).toEqual([]);
  });

  test("allows nothing but what was shown, where that is known", async () => {
    const asking = {
      ...getSession(sample.store, id),
      activityDetail: { kind: "approval", text: "edit a.ts", call: "per_1" },
    } as const;
    fake.permissions.push(permission("per_2"));
    const answer = answerOpencode(engine, asking, "allow", true);
    expect(answer).rejects.toThrow("does not ask for that any more");
    await answer.catch(() => undefined);
    expect(fake.permissions.splice(0)).toEqual([permission("per_2")]);
  });

  test("refuses when nothing is asked for, or it is not known which", async () => {
    const answer = () => answerOpencode(engine, getSession(sample.store, id), "allow");
    expect(answer()).rejects.toThrow("asks for no permission");
    fake.permissions.push(permission("per_1"), permission("per_2"));
    expect(answer()).rejects.toThrow("asks for several permissions");
    expect(fake.count("POST /permission/:id/reply")).toBe(0);
  });
});

describe("abort", () => {
  test("breaks off the turn, and leaves a session without a server alone", async () => {
    await deliver("m1", "queued", "hello");
    await abort(() => expect.unreachable());
    expect(fake.count("POST /session/:id/abort")).toBe(1);
    publish("launch-0");
    await abort(() => expect.unreachable());
    expect(fake.count("POST /session/:id/abort")).toBe(1);
  });

  test("tells of a server that is gone, and does not throw", async () => {
    await deliver("m1", "queued", "hello");
    fake[Symbol.dispose]();
    const errors: unknown[] = [];
    await abort((error) => errors.push(error));
    expect(errors.length).toBe(1);
  });
});

let sent = 0;
let taken = 0;

function deliver(messageId: string, state: "queued" | "delivering", text: string) {
  sent = 0;
  taken = 0;
  const session = getSession(sample.store, id);
  const steps = { onSend: () => void (sent += 1), onTaken: () => void (taken += 1) };
  return deliverToOpencode(engine, session, { id: messageId, state, text }, steps);
}

function abort(onError: (error: unknown) => void): Promise<void> {
  return abortOpencode(engine, getSession(sample.store, id), onError);
}

function publish(launchId: string): void {
  publishServer(sample.dataDir, id, { launchId, ...fake.address, home });
}

function textsOf(): string[] {
  return [...fake.conversations.values()].flatMap(({ messages }) =>
    messages.flatMap(({ parts }) => parts.map(({ text }) => text)),
  );
}

function permission(permissionId: string) {
  return { id: permissionId, sessionID: "ses_1", permission: "bash", patterns: ["ls"] };
}
