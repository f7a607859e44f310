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

test("a thread that a push made outdated waits for the reviewer, until somebody writes", async () => {
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
