import { expect, setDefaultTimeout, test } from "bun:test";

import { dedent, Machine, slowMs } from "../support/ao.ts";
import { spawnState } from "../support/store-state.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(slowMs);

const detach = ["\u001c", "d"];

/** A shell that attaches, then goes on: what it finds is what a person would find. */
const thenGoOn = ["sh", "-c", '"$0" "$@"; echo "left with $?"; read line; echo "read $line"'];

test.concurrent(
  "attach shows, types, resizes, detaches, and leaves the terminal as it was",
  async () => {
    await using machine = await Machine.withProject();
    const script = "echo ready; while read line; do echo got $line at $(stty size); done";
    const id = await machine.spawn(`sh -c '${script}'`);
    const argv = [...thenGoOn, machine.program, "attach", id];
    await using terminal = machine.terminalOf(argv);
    await terminal.shows("ready");
    expect(terminal.isCooked).toBe(false);
    terminal.type("hello\r");
    await terminal.shows("got hello at 24 80");
    terminal.resize(100, 30);
    const isResized = () => {
      terminal.type("again\r");
      return terminal.screen.includes("got again at 30 100");
    };
    await waitFor(isResized, { withinMs: 10_000 });
    for (const key of detach) terminal.type(key);
    await terminal.shows(`left ${id}; it goes on`);
    await terminal.shows("left with 0");
    expect(terminal.isCooked).toBe(true);
    terminal.type("by hand\r");
    await terminal.shows("read by hand");
    expect(await machine.session(id)).toMatchObject({ isTerminated: false, activity: "idle" });
  },
);

test.concurrent(
  "attach comes back to the screen that was left, alternate screen included",
  async () => {
    await using machine = await Machine.withProject();
    const draw = "printf '\\033[?1049h\\033[2J\\033[3;5Hfull screen\\033[?25l'; sleep 1000";
    const id = await machine.spawn(`sh -c "${draw}"`);
    for (let round = 0; round < 2; round += 1) {
      await using terminal = machine.terminalOf([...thenGoOn, machine.program, "attach", id]);
      await terminal.shows(/^\n\n {4}full screen/);
      terminal.type(detach.join(""));
      await terminal.shows("left with 0");
      expect(terminal.raw).toContain("\u001b[?1049l");
      expect(terminal.screen).not.toContain("full screen");
      expect(terminal.raw.lastIndexOf("\u001b[?25h")).toBeGreaterThan(
        terminal.raw.lastIndexOf("\u001b[?25l"),
      );
    }
  },
);

test.concurrent("attach --watch shows, and nothing that is typed arrives", async () => {
  await using machine = await Machine.withProject();
  const id = await machine.spawn();
  await using terminal = machine.terminal(["attach", id, "--watch"]);
  await terminal.shows("hello");
  terminal.type("typed\r");
  await machine.ok(["send", id, "sent"]);
  await terminal.shows("got sent");
  expect(terminal.screen).not.toContain("typed");
  terminal.type(detach.join(""));
  expect(await terminal.ended()).toBe(0);
});

test.concurrent("attach ends with the agent, and says so", async () => {
  await using machine = await Machine.withProject();
  const id = await machine.spawn("sh -c 'echo ready; read line; exit 3'");
  await using terminal = machine.terminalOf([...thenGoOn, machine.program, "attach", id]);
  await terminal.shows("ready");
  terminal.type("\r");
  await terminal.shows(`the agent of ${id} ended`);
  await terminal.shows("left with 0");
  const again = await machine.ao(["attach", id]);
  expect(machine.block(again)).toBe(
    dedent(`
      exit 4
      err | error: session shop-1 has no running terminal
      err | hint: ao session restore shop-1`),
  );
});

test.concurrent("two people attach to one session and see the same", async () => {
  await using machine = await Machine.withProject();
  const id = await machine.spawn();
  await using one = machine.terminal(["attach", id]);
  await using other = machine.terminal(["attach", id]);
  await Promise.all([one.shows("hello"), other.shows("hello")]);
  one.type("from one\r");
  await Promise.all([one.shows("got from one"), other.shows("got from one")]);
});

test.concurrent("spawn shows its steps on a terminal, ls --watch redraws", async () => {
  await using machine = await Machine.withProject();
  await using watch = machine.terminal(["ls", "--watch"], { columns: 100 });
  await watch.shows("no live sessions");
  await using spawn = machine.terminal(["spawn", "the task", "--command", "sleep 1000"]);
  expect(await spawn.ended()).toBe(0);
  await spawn.shows("watch it: `ao attach shop-1`");
  const steps = spawn.screen.replace(/\d+(\.\d)? (ms|s)/g, "<time>");
  expect(steps).toBe(
    dedent(`
        ✓ choose the base  <time>
        ✓ add the worktree  <time>
        ✓ provision it  <time>
        ✓ start the agent  <time>
        ✓ see it run  <time>
      shop-1
      watch it: \`ao attach shop-1\``),
  );
  await watch.shows(/shop-1 .* ao\/shop-1\/root +the task/);
  await machine.ok(["session", "rename", "shop-1", "another title"]);
  await watch.shows(/ao\/shop-1\/root +another title/);
  await machine.ok(["session", "kill", "shop-1"]);
  await watch.shows("no live sessions");
  watch.type("\u0003");
  expect(await watch.ended()).toBe(130);
});

test.concurrent("ctrl-C during a slow setup undoes the spawn and ends with 130", async () => {
  await using machine = await Machine.withProject();
  const setup = '["echo working on it; sleep 500"]';
  await machine.ok(["project", "set", "shop", "setup", setup]);
  const before = spawnState(machine.dataDir, machine.repository);
  await using spawn = machine.terminal(["spawn", "the task", "--command", "sleep 1000"]);
  await spawn.shows(/^ {4}working on it$/m);
  const startedAt = performance.now();
  spawn.type("\u0003");
  expect(await spawn.ended()).toBe(130);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await spawn.shows("error: interrupted");
  expect(spawnState(machine.dataDir, machine.repository)).toBe(before);
});

test.concurrent("trust asks on a terminal, and no is the answer that stands ready", async () => {
  await using machine = await Machine.withProject();
  const file = `${machine.repository}/.ao/config.toml`;
  await Bun.write(file, 'setup = ["true"]\n');
  const isTrusted = async () =>
    (await machine.json<{ isTrusted: boolean }>(["project", "show", "shop"])).isTrusted;
  await using no = machine.terminal(["project", "trust", "shop"]);
  await no.shows("Let shop run these?");
  no.type("\r");
  expect(await no.ended()).toBe(1);
  expect(await isTrusted()).toBe(false);
  await using yes = machine.terminal(["project", "trust", "shop"]);
  await yes.shows("Let shop run these?");
  yes.type("y");
  await waitFor(isTrusted, { withinMs: 10_000 });
  expect(await yes.ended()).toBe(0);
});
