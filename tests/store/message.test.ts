import { expect, test } from "bun:test";

import type { MessageState } from "../../src/domain/message.ts";
import * as messages from "../../src/store/message.ts";
import { deleteSession } from "../../src/store/session.ts";
import { Sample } from "../support/store.ts";

test("an inbox is delivered in the order of sending", () => {
  using sample = withSession();
  for (const id of ["a", "b", "c"]) queue(sample, id);
  const taken: string[] = [];
  for (;;) {
    const next = messages.nextMessage(sample.store, "shop-1");
    if (!next) break;
    taken.push(next.id);
    pass(sample, next.id, "delivering");
    pass(sample, next.id, "submitted");
  }
  expect(taken).toEqual(["a", "b", "c"]);
  const listed = messages.listMessages(sample.store, "shop-1", 2).map(({ id }) => id);
  expect(listed).toEqual(["c", "b"]);
});

test("a message that is being delivered stays the next one", () => {
  using sample = withSession();
  queue(sample, "a");
  queue(sample, "b");
  for (const attempts of [1, 2]) {
    sample.store.write((tx) => messages.setDelivering(tx, "a", "launch-1"));
    expect(messages.nextMessage(sample.store, "shop-1")).toMatchObject({
      id: "a",
      state: "delivering",
      attempts,
      launchId: "launch-1",
    });
  }
});

test("two messages with one key are one, in each session", () => {
  using sample = withSession();
  sample.session();
  const send = (id: string, sessionId: string, dedupeKey?: string) =>
    sample.store.write((tx) =>
      messages.queueMessage(tx, { id, sessionId, source: "feedback", dedupeKey, body: id }),
    );
  expect(send("a", "shop-1", "ci")).toBe("a");
  expect(send("b", "shop-1", "ci")).toBe("a");
  expect(send("c", "shop-2", "ci")).toBe("c");
  expect(send("d", "shop-1")).toBe("d");
  expect(send("e", "shop-1")).toBe("e");
  // Also when the first one is through: exactly once is once.
  pass(sample, "a", "acked");
  expect(send("f", "shop-1", "ci")).toBe("a");
  expect(messages.messageBody(sample.store, "a")).toBe("a");
});

const ways: [MessageState[], MessageState][] = [
  [["delivering", "submitted", "acked"], "acked"],
  [["delivering", "submitted", "failed"], "failed"],
  [["delivering", "refused"], "refused"],
  [["expired"], "expired"],
  [["delivering", "submitted", "acked", "failed"], "acked"],
  [["expired", "delivering"], "expired"],
  [["submitted"], "queued"],
  [["failed", "submitted", "acked"], "failed"],
];

test.each(ways)("a message sent the way %j ends as %s", (states, end) => {
  using sample = withSession();
  queue(sample, "a");
  for (const state of states) pass(sample, "a", state);
  expect(messages.getMessage(sample.store, "a").state).toBe(end);
});

test("a receipt keeps its time, and every step is told once", () => {
  let now = 1_000;
  using sample = new Sample(() => now);
  sample.project();
  sample.session();
  const told = sample.eventsOf(() => {
    queue(sample, "a");
    for (const state of ["delivering", "submitted", "acked", "acked"] as const) {
      now += 1_000;
      pass(sample, "a", state);
    }
  });
  expect(told.map(({ payload }) => payload)).toMatchObject([
    { state: "queued" },
    { state: "delivering" },
    { state: "submitted" },
    { state: "acked" },
  ]);
  expect(messages.getMessage(sample.store, "a")).toMatchObject({
    createdAt: 1_000,
    submittedAt: 3_000,
    ackedAt: 4_000,
  });
});

test("settling an inbox leaves what has arrived", () => {
  using sample = withSession();
  for (const id of ["a", "b", "c"]) queue(sample, id);
  pass(sample, "a", "delivering");
  pass(sample, "a", "submitted");
  expect(messages.sessionsWithMessages(sample.store)).toEqual(["shop-1"]);
  const settle = () =>
    sample.store.write((tx) => messages.settleInbox(tx, "shop-1", "expired", "it was killed"));
  expect([settle(), settle()]).toEqual([2, 0]);
  expect(messages.sessionsWithMessages(sample.store)).toEqual([]);
  const found = messages.listMessages(sample.store, "shop-1", 9);
  expect(found.map(({ id, state, error }) => [id, state, error])).toEqual([
    ["c", "expired", "it was killed"],
    ["b", "expired", "it was killed"],
    ["a", "submitted", null],
  ]);
});

test("a large text comes back byte for byte, with its size", () => {
  using sample = withSession();
  const body = "größer 🌍\n\ttab".repeat(50_000);
  sample.store.write((tx) =>
    messages.queueMessage(tx, { id: "big", sessionId: "shop-1", source: "person", body }),
  );
  expect(messages.messageBody(sample.store, "big")).toBe(body);
  expect(messages.getMessage(sample.store, "big").bytes).toBe(Buffer.byteLength(body));
});

test("the hash of a text is that of its words", () => {
  const { textHash } = messages;
  expect(textHash("use the\n  outbox\ttable ")).toBe(textHash("use the outbox table"));
  expect(textHash("use the outbox")).not.toBe(textHash("use the out box"));
  expect(textHash("")).toMatch(/^[0-9a-f]{64}$/);
});

test("messages go with their session, and an unknown one is told", () => {
  using sample = withSession();
  queue(sample, "a");
  sample.store.write((tx) => deleteSession(tx, "shop-1"));
  expect(() => messages.getMessage(sample.store, "a")).toThrow("message a not found");
  expect(() => messages.messageBody(sample.store, "a")).toThrow("message a not found");
});

function withSession(): Sample {
  const sample = new Sample();
  sample.project();
  sample.session();
  return sample;
}

function queue(sample: Sample, id: string): void {
  const message = { id, sessionId: "shop-1", source: "person" as const, body: id };
  sample.store.write((tx) => messages.queueMessage(tx, message));
}

/** Sends a message one state on, as far as it lets itself be sent. */
function pass(sample: Sample, id: string, state: MessageState): void {
  sample.store.write((tx) => {
    if (state === "delivering") return void messages.setDelivering(tx, id, "launch-1");
    if (state === "submitted") return void messages.setSubmitted(tx, id);
    messages.settleMessage(tx, id, state, null);
  });
}
