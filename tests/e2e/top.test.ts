import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { Machine, slowMs } from "../support/ao.ts";

setDefaultTimeout(slowMs);

/** A shell that goes on afterwards: what it finds is what a person would find. */
const thenGoOn = ["sh", "-c", '"$0" "$@"; echo "left with $?"; read line; echo "read $line"'];

test.concurrent(
  "top follows what others do, sends, ends a session, and leaves no trace",
  async () => {
    await using machine = await Machine.withProject();
    const id = await machine.spawn(undefined, "--title", "first \u001b]0;owned\u0007title");
    const argv = [...thenGoOn, machine.program, "top"];
    await using terminal = machine.terminalOf(argv);
    await terminal.shows(`> ${id}`);
    await terminal.shows("first title");
    expect(terminal.raw).not.toContain("owned");
    expect(terminal.isCooked).toBe(false);
    await machine.ok(["session", "rename", id, "another title"]);
    await terminal.shows("another title");
    const other = await machine.spawn(undefined, "--title", "the second");
    await terminal.shows(`${other} `);
    terminal.type("shello you");
    await terminal.shows(`to ${id}: hello you`);
    terminal.type("\r");
    await terminal.shows(`message to ${id}: typed`);
    expect(await machine.ok(["screen", id])).toContain("got hello you");
    terminal.resize(60, 14);
    terminal.type("\r");
    await terminal.shows(/^hello\n.*got hello you/s);
    terminal.type("\u001cd");
    await terminal.shows(`left ${id}; it goes on`);
    terminal.type("xy");
    await terminal.shows(/DONE 1\n.*killed/s);
    await terminal.shows(`${id} ended, its work is in escrow`);
    expect(await machine.session(id)).toMatchObject({ status: "killed" });
    terminal.type("q");
    await terminal.shows("left with 0");
    expect(terminal.isCooked).toBe(true);
    expect(terminal.screen).not.toContain("DONE");
    terminal.type("by hand\r");
    await terminal.shows("read by hand");
  },
);

test.concurrent("top gives the terminal back when it is told to end", async () => {
  await using machine = await Machine.withProject();
  await using terminal = machine.terminal(["top"], { env: { NO_COLOR: "1" } });
  await terminal.shows("no sessions");
  expect(terminal.raw).not.toMatch(/\u001b\[[1-9]\d?m/);
  terminal.process.kill("SIGTERM");
  expect(await terminal.ended()).toBe(130);
  expect(terminal.raw).toContain("\u001b[?1049l");
  expect(terminal.raw.lastIndexOf("\u001b[?25h")).toBeGreaterThan(
    terminal.raw.lastIndexOf("\u001b[?25l"),
  );
  expect(terminal.isCooked).toBe(true);
});

test.concurrent("top that fails gives the terminal back before it says why", async () => {
  await using machine = await Machine.withProject();
  await using terminal = machine.terminalOf([...thenGoOn, machine.program, "top"]);
  await terminal.shows("no sessions");
  // Something that can never be: a part of the store goes away under it.
  const db = new Database(join(machine.dataDir, "ao.db"));
  db.run("pragma busy_timeout = 10000");
  db.run("alter table notification rename to gone");
  db.close();
  await terminal.shows(/^error: .*notification.*left with (?:5|70)$/s);
  expect(terminal.isCooked).toBe(true);
  terminal.type("\r");
});

test.concurrent("top without a terminal says what to type instead", async () => {
  await using machine = await Machine.create();
  const block = machine.block(await machine.ao(["top"]));
  expect(block).toBe("exit 2\nerr | error: top wants a terminal\nerr | hint: ao ls");
});
