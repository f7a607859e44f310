import { expect, setDefaultTimeout, test } from "bun:test";

import { giveFeedback } from "../../src/engine/github/feedback.ts";
import { isLookDue } from "../../src/engine/github/observing.ts";
import { getSession } from "../../src/store/session.ts";
import { minute, Room } from "./room.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(30_000);

test("red is told, then escalates, and green forgets it, so that red is told again", async () => {
  await using room = new Room();
  await room.push("FAILURE", "expected 1, got 2\n");
  const [first = "", ...others] = room.hear();
  expect(others).toEqual([]);
  expect(first).toContain('CI fails on pull request #1 "change 1"');
  expect(first).toContain('Check "test" failed, step "Run tests".');
  expect(first).toContain("```text\nexpected 1, got 2\n```");
  await room.push("FAILURE");
  expect(room.hear()).toHaveLength(1);
  await room.push("FAILURE");
  expect([room.hear(), room.notices()]).toEqual([[], ["feedback_escalated"]]);
  await room.push("FAILURE");
  await room.look(60 * minute);
  expect([room.hear(), room.count("feedback_escalated")]).toEqual([[], 1]);
  // What runs is not over yet.
  await room.push(undefined);
  expect(room.notices()).toEqual(["feedback_escalated"]);
  await room.push("SUCCESS");
  expect(room.notices()).toEqual(["ready_to_merge"]);
  await room.push("FAILURE");
  expect([room.hear().length, room.notices()]).toEqual([1, []]);
});

test("a red check that is run again and fails again on the same commit is told once", async () => {
  await using room = new Room();
  await room.push("FAILURE");
  expect(room.hear()).toHaveLength(1);
  room.server.clearChecks(room.ref);
  const id = room.server.check(room.ref, { name: "test" });
  await room.look(2 * minute);
  room.server.changeCheck(room.ref, id, { conclusion: "FAILURE", log: "bad\n" });
  await room.look(2 * minute);
  expect(room.hear()).toEqual([]);
  room.server.changeCheck(room.ref, id, { conclusion: "SUCCESS" });
  await room.look(2 * minute);
  room.server.changeCheck(room.ref, id, { conclusion: "FAILURE", log: "bad\n" });
  await room.look(2 * minute);
  expect(room.hear()).toHaveLength(1);
});

test("more checks of the same commit are told together, and cost no budget", async () => {
  await using room = new Room();
  room.server.change(room.ref, { sha: room.desk.commit("two checks") });
  room.server.check(room.ref, { name: "lint", conclusion: "FAILURE", log: "unused\n" });
  const ids = ["unit", "types"].map((name) => room.server.check(room.ref, { name }));
  await room.look();
  expect(room.hear().join()).toContain('Check "lint"');
  const [unit = 0, types = 0] = ids;
  room.server.changeCheck(room.ref, unit, { conclusion: "FAILURE", log: "bad\n" });
  await room.look();
  expect(room.hear()).toEqual([]);
  room.server.changeCheck(room.ref, types, { conclusion: "FAILURE", log: "bad\n" });
  await room.look();
  const [more = ""] = room.hear();
  expect(more).toContain('Check "unit"');
  expect(more).toContain("Also failing: lint.");
  await room.push("FAILURE");
  expect([room.hear().length, room.notices()]).toEqual([1, []]);
});

test("an agent that does nothing is told again, and then the person is", async () => {
  await using room = new Room();
  await room.push("FAILURE");
  room.hear();
  await room.look(9 * minute);
  expect(room.waiting()).toEqual([]);
  await room.look(minute);
  expect(room.hear().join()).toStartWith("This was told before and is still so.");
  await room.look(10 * minute);
  expect([room.hear(), room.notices()]).toEqual([[], ["feedback_escalated"]]);
});

test("what waits is exchanged for what is true, and costs nothing until it is heard", async () => {
  await using room = new Room();
  for (let count = 0; count < 4; count++) await room.push("FAILURE", `log ${count}\n`);
  expect(room.states()).toEqual(["expired", "expired", "expired", "queued"]);
  expect(room.waiting().join()).toContain("log 3");
  await room.look(60 * minute);
  expect(room.notices()).toEqual([]);
  await room.push("SUCCESS");
  expect(room.waiting()).toEqual([]);
});

test("a conflict is told with its files, again, and then the person is", async () => {
  await using room = new Room();
  const { repository } = room.desk;
  const base = repository.git("rev-parse", "HEAD~1");
  repository.git("checkout", "--quiet", "-b", "theirs", base);
  repository.write("src/code.txt", "theirs\n");
  const baseSha = room.desk.commit("theirs");
  repository.git("checkout", "--quiet", "main");
  repository.write("src/code.txt", "ours\n");
  const sha = room.desk.commit("ours");
  room.server.change(room.ref, { sha, baseSha, mergeable: "CONFLICTING" });
  await room.look();
  const [text = ""] = room.hear();
  expect(text).toContain("conflicts with main.");
  expect(text).toContain("- src/code.txt");
  // While GitHub computes, nothing is forgotten.
  room.server.change(room.ref, { mergeable: "UNKNOWN", isDraft: true });
  await room.look();
  room.server.change(room.ref, { mergeable: "CONFLICTING", isDraft: false });
  await room.look();
  expect(room.hear()).toEqual([]);
  await room.look(8 * minute);
  expect(room.hear()).toHaveLength(1);
  await room.look(8 * minute);
  expect([room.hear(), room.notices()]).toEqual([[], ["feedback_escalated"]]);
  room.server.change(room.ref, { mergeable: "MERGEABLE" });
  await room.look();
  expect(room.notices()).toEqual([]);
  // Checks could still have come.
  await room.look(2 * minute);
  expect(room.notices()).toEqual(["ready_to_merge"]);
});

test("a new owner hears what the old one heard, and the old one nothing more", async () => {
  await using room = new Room();
  room.server.comment(room.ref, { body: "please split it" });
  const heard: string[] = [];
  for (let count = 0; count < 3; count++) {
    await room.push("FAILURE");
    heard.push(...room.hear());
  }
  room.server.comment(room.ref, { body: "and test it" });
  await room.look();
  expect([heard.length, room.waiting().length, room.notices()]).toEqual([
    ...[3, 1, ["feedback_escalated"]],
  ]);
  const other = room.desk.session();
  const claim = (owner: string) =>
    room.desk.sample.raw.run("update pr set session_id = ?", [owner]);
  claim(other);
  await room.look();
  expect([room.states().at(-1), room.notices()]).toEqual(["expired", []]);
  const texts = room.hear(other).join();
  for (const said of ["CI fails on pull request", "please split it", "and test it"]) {
    expect(texts).toContain(said);
  }
  claim("shop-1");
  await room.look();
  expect(room.hear()).toHaveLength(2);
});

test("ready, merged and closed are told to the person once, and resolved when over", async () => {
  await using room = new Room();
  await room.push("SUCCESS");
  expect(room.notices()).toEqual(["ready_to_merge"]);
  room.server.change(room.ref, { mergeable: "UNKNOWN" });
  await room.look();
  expect(room.notices()).toEqual(["ready_to_merge"]);
  const thread = room.server.thread(room.ref, { path: "a.ts" });
  room.server.change(room.ref, { mergeable: "MERGEABLE" });
  await room.look();
  expect(room.notices()).toEqual([]);
  room.server.resolve(thread);
  await room.look();
  expect(room.notices()).toEqual([]);
  await room.push("SUCCESS");
  expect(room.notices()).toEqual(["ready_to_merge"]);
  room.server.change(room.ref, { state: "CLOSED" });
  await room.look();
  expect(room.notices()).toEqual(["pr_closed"]);
  room.server.change(room.ref, { state: "OPEN" });
  await room.look(2 * minute);
  await room.look(2 * minute);
  expect(room.notices()).toEqual([]);
  room.server.change(room.ref, { state: "MERGED", mergeSha: "c".repeat(40) });
  room.desk.sample.raw.run("update session set terminate_on_merge = 0");
  await room.look(2 * minute);
  await room.look(2 * minute);
  expect(room.notices()).toEqual(["pr_merged"]);
  expect(getSession(room.desk.store, "shop-1").isTerminated).toBe(false);
  expect(room.count("notification_created")).toBe(4);
});

test("a merge after the end of a session that nobody was told of is worth a helper", async () => {
  await using room = new Room();
  await room.push("SUCCESS");
  expect(room.notices()).toEqual(["ready_to_merge"]);
  const { raw } = room.desk.sample;
  raw.run("update session set is_terminated = 1, termination_reason = 'killed'");
  // Seen by a process that died before it told of it, or by `ao pr merge`.
  room.server.change(room.ref, { state: "MERGED", mergeSha: "c".repeat(40) });
  await room.desk.pass(10 * minute);
  expect(room.notices()).toEqual(["ready_to_merge"]);
  expect(isLookDue(room.desk.engine)).toBe(true);
  await giveFeedback(room.desk.engine);
  expect(room.notices()).toEqual(["pr_merged"]);
  expect(isLookDue(room.desk.engine)).toBe(false);
});

test("feedback of a pull request that is merged or closed is withdrawn", async () => {
  await using room = new Room();
  room.desk.sample.raw.run("update session set terminate_on_merge = 0");
  room.server.thread(room.ref, { path: "a.ts" });
  await room.push("FAILURE");
  expect(room.waiting()).toHaveLength(2);
  room.server.change(room.ref, { state: "MERGED" });
  await room.look();
  expect(room.states()).toEqual(["expired", "expired"]);
});
