import { expect, setDefaultTimeout, test } from "bun:test";

import { dedent, Machine, slowMs } from "../support/ao.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(slowMs);

const title =
  "a title that is so long that no terminal of eighty columns could ever show all of it";

/** Two sessions with a long and a wide title; ages are taken out. */
async function makeSessions(machine: Machine): Promise<void> {
  await machine.spawn("sleep 1000", "--title", title);
  await machine.spawn("sleep 1000", "--title", "幅の広い題名 \u001b[31mred\u0007");
}

const withoutAges = (screen: string) => screen.replaceAll(/ +(now|\d+s) +/g, "    0s  ");

/** What `ao` shows in a terminal of this width, once it has ended. */
async function screenOf(machine: Machine, words: string[], columns: number): Promise<string> {
  await using terminal = machine.terminal(words, { columns });
  expect(await terminal.ended()).toBe(0);
  await terminal.shows("shop-2");
  return withoutAges(terminal.screen);
}

test.concurrent("a table is cut to 80 columns, and whole at 200", async () => {
  await using machine = await Machine.withProject();
  await makeSessions(machine);
  const areQuiet = async () => (await machine.sessions()).every(({ status }) => status === "idle");
  await waitFor(areQuiet, { withinMs: 15_000 });
  expect(await screenOf(machine, ["ls"], 80)).toBe(
    dedent(`
      SESSION  STATUS  AGENT    PR  AGE  BRANCH    TITLE
      shop-1   idle    command  -    0s  ao/shop…  a title that is so long that no te…
      shop-2   idle    command  -    0s  ao/shop…  幅の広い題名 red`),
  );
  const wide = await screenOf(machine, ["ls"], 200);
  expect(wide).toContain(`ao/shop-1/root  ${title}`);
  expect(wide.split("\n")).toHaveLength(3);
});

test.concurrent(
  "a pipe gets plain text that is not cut, a terminal colours unless NO_COLOR",
  async () => {
    await using machine = await Machine.withProject();
    await makeSessions(machine);
    const piped = await machine.ok(["ls"]);
    expect(piped).toContain(title);
    expect(piped).not.toContain("\u001b");
    expect(piped).not.toContain("\u0007");
    const rawOf = async (words: string[], env: Record<string, string>) => {
      await using terminal = machine.terminal(words, { env });
      await terminal.ended();
      await terminal.shows("shop-2");
      return terminal.raw;
    };
    expect(await rawOf(["ls"], {})).toContain("\u001b[1mshop-1");
    expect(await rawOf(["ls"], { NO_COLOR: "1" })).not.toContain("\u001b");
    expect(await rawOf(["ls", "--no-color"], {})).not.toContain("\u001b");
    expect(await rawOf(["ls"], { TERM: "dumb" })).not.toContain("\u001b");
  },
);

test.concurrent("an empty list says what to type, on stderr alone", async () => {
  await using machine = await Machine.create();
  const empty = async (...words: string[]) => machine.block(await machine.ao(words));
  expect(await empty("ls")).toBe(
    'exit 0\nerr | no live sessions; start one: `ao spawn "the task"`, or see `ao ls --all`',
  );
  expect(await empty("project", "ls")).toBe(
    "exit 0\nerr | no projects; add one: `ao project add PATH`",
  );
  expect(await empty("recover", "ls")).toBe(
    "exit 0\nerr | no escrow; one is made when a session ends with work of its own",
  );
  expect(await empty("ls", "--quiet")).toBe("exit 0");
  expect(await empty("ls", "--json")).toBe('exit 0\nout | {"sessions":[]}');
});

test.concurrent("events are aligned, and cut to the terminal alone", async () => {
  await using machine = await Machine.withProject();
  await machine.spawn("sleep 1000", "--title", title);
  const piped = machine.clean(await machine.ok(["events"])).split("\n");
  expect(piped.map((line) => line.slice(0, 46).trimEnd())).toEqual([
    "     1  <time>  project_added         shop",
    "     2  <time>  session_created       shop-1",
    "     3  <time>  session_updated       shop-1",
  ]);
  expect(piped[1]).toContain(title);
  await using terminal = machine.terminal(["events"], { columns: 80 });
  await terminal.ended();
  await terminal.shows(/session_updated +shop-1 .*…$/);
  expect(terminal.screen.split("\n")).toHaveLength(3);
});
