import { expect, setDefaultTimeout, test } from "bun:test";

import { minute, Room } from "./room.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(30_000);

/** As if the agent did nothing for three quarters of an hour. */
async function wait(room: Room): Promise<void> {
  for (let count = 0; count < 4; count++) await room.look(11 * minute);
}

test("what cannot be looked at is neither told again nor escalated", async () => {
  await using room = new Room();
  await room.push("FAILURE");
  expect(room.hear()).toHaveLength(1);
  room.server.fail({ kind: "text", status: 500, body: "down" });
  await wait(room);
  expect([room.waiting(), room.notices()]).toEqual([[], []]);
  room.server.heal();
  await wait(room);
  expect(room.waiting().join()).toStartWith("This was told before and is still so.");
});

test("a thread that a push made outdated waits until somebody writes in it", async () => {
  await using room = new Room();
  const thread = room.server.thread(room.ref, { path: "a.ts" }, { body: "wrong" });
  await room.look();
  expect(room.hear()).toHaveLength(1);
  room.server.findThread(thread).thread.isOutdated = true;
  room.server.change(room.ref, { sha: room.desk.commit("fixed") });
  await wait(room);
  expect([room.waiting(), room.notices()]).toEqual([[], []]);
  room.server.reply(thread, { body: "still wrong" });
  await room.look();
  expect(room.hear().join()).toContain("still wrong");
});

test("a thread that a push made outdated before its first look is told, once", async () => {
  await using room = new Room();
  await room.look();
  const thread = room.server.thread(room.ref, { path: "a.ts" }, { body: "wrong" });
  room.server.findThread(thread).thread.isOutdated = true;
  room.server.change(room.ref, { sha: room.desk.commit("meanwhile") });
  await room.look();
  expect(room.hear().join()).toContain("wrong");
  await wait(room);
  expect([room.waiting(), room.notices()]).toEqual([[], []]);
});

test("a bot that is not heard does not take the last word from the agent", async () => {
  await using room = new Room();
  room.server.user("helper", "Bot");
  const thread = room.server.thread(room.ref, { path: "a.ts" }, { body: "why" });
  await room.look();
  expect(room.hear()).toHaveLength(1);
  const { author } = room.server.pull(room.ref);
  room.server.reply(thread, { author, body: "because" });
  await room.look();
  room.server.reply(thread, { author: "helper", body: "noted" });
  await wait(room);
  expect([room.waiting(), room.notices()]).toEqual([[], []]);
});

test("a bot is wanted by the name that the page shows, too", async () => {
  await using room = new Room();
  room.server.user("helper", "Bot");
  room.desk.sample.raw.run(`update project set config = '{"botFeedback":["Helper[bot]"]}'`);
  room.server.comment(room.ref, { author: "helper", body: "coverage 80 %" });
  await room.look();
  expect(room.hear()).toHaveLength(1);
});

test("what waits has the log that came later, and the title of now", async () => {
  await using room = new Room();
  room.server.change(room.ref, { sha: room.desk.commit("red") });
  const id = room.server.check(room.ref, { name: "test", conclusion: "FAILURE", log: "" });
  await room.look();
  expect(room.waiting().join()).toContain('Check "test"');
  room.server.changeCheck(room.ref, id, { conclusion: "FAILURE", log: "expected 1, got 2\n" });
  await room.look();
  expect(room.waiting().join()).toContain("expected 1, got 2");
  room.server.change(room.ref, { title: "another title" });
  await room.look();
  expect(room.waiting().join()).toContain('#1 "another title"');
  expect(room.states()).toEqual(["expired", "expired", "queued"]);
  room.hear();
  await room.push("FAILURE");
  expect([room.hear().length, room.notices()]).toEqual([1, []]);
});

test("what was heard is not told again with what comes later", async () => {
  await using room = new Room();
  room.server.comment(room.ref, { body: "first words" });
  await room.look();
  expect(room.hear().join()).toContain("first words");
  room.server.comment(room.ref, { body: "second words" });
  await room.look();
  room.server.comment(room.ref, { body: "third words" });
  await room.look();
  const [text = "", ...others] = room.waiting();
  expect(others).toEqual([]);
  expect(text).toContain("third words");
  expect(text).toContain("second words");
  expect(text).not.toContain("first words");
  const pull = room.server.pull(room.ref);
  pull.comments = pull.comments.filter(({ body }) => body === "first words");
  room.server.change(room.ref, {});
  await room.look();
  expect(room.waiting()).toEqual([]);
});

test("a reminder that waits stays one, and only of what is still so", async () => {
  await using room = new Room();
  const threads = ["a.ts", "b.ts"].map((path) => room.server.thread(room.ref, { path }));
  await room.look();
  expect(room.hear()).toHaveLength(1);
  await room.look(11 * minute);
  room.server.resolve(threads[0] ?? "");
  await room.look();
  const text = room.waiting().join();
  expect(text).toStartWith("This was told before and is still so.");
  expect(text).not.toContain("On a.ts");
  expect(text).toContain("On b.ts");
  room.server.comment(room.ref, { body: "something else" });
  await room.look();
  const news = room.waiting().join();
  expect(news).toStartWith("Reviewers wrote");
  expect(news).toContain("something else");
  expect(news).toContain("Still open from before: 1 thread.");
});
