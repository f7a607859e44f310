import { expect, setDefaultTimeout, test } from "bun:test";

import type { Command } from "../../src/cli/command.ts";
import { root } from "../../src/cli/root.ts";
import { Machine, slowMs } from "../support/ao.ts";

setDefaultTimeout(slowMs);

/** Every command of the tree, by the words that name it. */
async function pathsBelow(command: Command, path: string[] = []): Promise<string[][]> {
  const found = [path];
  for (const [name, load] of Object.entries(command.subCommands)) {
    found.push(...(await pathsBelow(await load(), [...path, name])));
  }
  return found;
}

test.concurrent("every verb has help with an example, in 80 plain columns", async () => {
  await using machine = await Machine.create();
  for (const path of await pathsBelow(root)) {
    const { exitCode, stdout, stderr } = await machine.ao([...path, "--help"]);
    const name = ["ao", ...path].join(" ");
    expect([name, exitCode, stderr]).toEqual([name, 0, ""]);
    const [first = "", ...lines] = stdout.split("\n");
    expect(first).toMatch(/^[A-Z].*[^.]$/);
    expect(stdout).toContain(`\nUsage:\n  ${name} `);
    expect(stdout).toMatch(/\nExample:\n {2}ao .+\n$/);
    expect(stdout).not.toContain("\u001b");
    const wide = [first, ...lines].filter((line) => Bun.stringWidth(line) > 80);
    expect(wide).toEqual([]);
    expect(await machine.ok(["help", ...path])).toBe(stdout.trimEnd());
  }
});

test.concurrent("the pages of help are there, and named in the help", async () => {
  await using machine = await Machine.create();
  const help = await machine.ok(["help"]);
  for (const topic of Object.keys(root.topics)) {
    expect(help).toContain(`ao help ${topic}`);
    const page = await machine.ok(["help", topic]);
    expect(page.split("\n").length).toBeGreaterThan(5);
    expect(Math.max(...page.split("\n").map((line) => Bun.stringWidth(line)))).toBeLessThan(81);
  }
});

/** What may change between two looks. */
const withoutState = (table: string) => table.replaceAll(/(working|idle) .* (now|\d+s) /g, "…");

test.concurrent("list stands for ls everywhere", async () => {
  await using machine = await Machine.withProject();
  await machine.spawn("sleep 1000");
  for (const group of [[], ["session"], ["project"], ["recover"]]) {
    const [ls, list] = [await machine.ao([...group, "ls"]), await machine.ao([...group, "list"])];
    expect(withoutState(list.stdout)).toBe(withoutState(ls.stdout));
    expect(list).toMatchObject({ exitCode: 0, stderr: ls.stderr });
  }
});

test.concurrent("global flags count before and after the verb, in both spellings", async () => {
  await using machine = await Machine.withProject();
  const other = `${machine.folder}/other`;
  const lines = [
    ["--data-dir", other, "project", "ls", "--json"],
    ["--json", "project", "--data-dir", other, "ls"],
    ["project", "ls", `--data-dir=${other}`, "--json"],
  ];
  for (const words of lines) expect(await machine.ok(words)).toBe('{"projects":[]}');
  const words = ["spawn", "--command", "sleep 1000", "--quiet", "--", "--json"];
  expect(await machine.ok(words)).toBe("shop-1");
  expect((await machine.session("shop-1")).title).toBe("--json");
  expect(await machine.ok(["-q", "ls"])).toStartWith("SESSION");
});

test.concurrent("completion offers ids, projects, agents and commands", async () => {
  await using machine = await Machine.withProject();
  await machine.spawn("sleep 1000");
  const offered = async (...words: string[]) =>
    (await machine.ok(["__complete", ...words])).split("\n").map((line) => line.split("\t")[0]);
  expect(await offered("session", "kill", "")).toEqual(["shop-1"]);
  expect(await offered("attach", "sh")).toEqual(["shop-1"]);
  expect(await offered("ls", "--project", "")).toEqual(["shop"]);
  expect(await offered("spawn", "--agent", "cod")).toEqual(["codex"]);
  expect(await offered("session", "ki")).toEqual(["kill"]);
  expect(await offered("session", "kill", "--pu")).toEqual(["--purge"]);
  expect(await offered("session", "kill", "nothing")).toEqual([""]);
});

test.concurrent("bash completes an id with the script that ao prints", async () => {
  await using machine = await Machine.withProject();
  await machine.spawn("sleep 1000");
  const script = [
    'eval "$("$0" completion bash)"',
    'COMP_WORDS=("$0" session kill sh); COMP_CWORD=3; COMP_LINE="$0 session kill sh"; _ao',
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join("\n");
  const ended = await machine.run(["bash", "-c", script, machine.program]);
  expect(ended).toEqual({ exitCode: 0, stdout: "shop-1\n", stderr: "" });
});
