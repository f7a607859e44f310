import { describe, expect, test } from "bun:test";

import { resolve } from "../../src/cli/args.ts";
import { valuesOf } from "../../src/cli/command.ts";
import { editDistance, suggest } from "../../src/cli/suggest.ts";
import { AoError } from "../../src/error.ts";
import { root } from "../support/sample-tree.ts";

describe("resolve", () => {
  test("resolve reads flags before and after the verb", async () => {
    const before = await run("--json", "--project", "shop", "spawn", "fix it");
    const after = await run("spawn", "fix it", "--json", "--project=shop");
    for (const found of [before, after]) {
      expect(found.path).toEqual(["spawn"]);
      expect(found.globals).toMatchObject({ json: true, project: "shop", quiet: false });
      expect(found.values).toMatchObject({ prompt: "fix it" });
    }
  });

  test("resolve gives every declared value its default or nothing", async () => {
    expect((await run("spawn")).values).toEqual({
      prompt: undefined,
      agent: undefined,
      title: undefined,
      mode: "plan",
      env: [],
      "prompt-file": undefined,
      checkout: true,
      watch: false,
    });
  });

  test("resolve reads letters, bundles and glued values", async () => {
    expect((await run("spawn", "-a", "codex", "-w")).values).toMatchObject({
      agent: "codex",
      watch: true,
    });
    const bundled = await run("spawn", "-qwacodex");
    expect(bundled.values).toMatchObject({ agent: "codex", watch: true });
    expect(bundled.globals.quiet).toBe(true);
    expect((await run("spawn", "-wa=codex")).values).toMatchObject({ agent: "codex" });
  });

  test("resolve collects repeated flags and repeated words in order", async () => {
    const spawned = await run("spawn", "--env", "A=1", "--env=B=2");
    expect(spawned.values).toMatchObject({ env: ["A=1", "B=2"] });
    const told = await run("tell", "stop", "shop-1", "shop-2");
    expect(told.values).toEqual({ text: "stop", sessions: ["shop-1", "shop-2"] });
  });

  test("resolve leaves everything behind -- alone", async () => {
    const found = await run("tell", "--", "--help", "-q", "--", "--json");
    expect(found.values).toEqual({ text: "--help", sessions: ["-q", "--", "--json"] });
    expect(found.globals).toMatchObject({ json: false, quiet: false });
    expect(await failure("spawn", "--", "claude", "--help")).toEqual([
      "usage",
      "unexpected argument --help",
      "ao spawn --help",
    ]);
  });

  test("resolve takes a value beginning with a dash only behind an equals sign", async () => {
    expect((await run("spawn", "--title=--x")).values).toMatchObject({ title: "--x" });
    expect((await run("spawn", "--title=")).values).toMatchObject({ title: "" });
    expect((await run("spawn", "--title=--")).values).toMatchObject({ title: "--" });
    expect((await run("spawn", "--prompt-file", "-")).values).toMatchObject({ "prompt-file": "-" });
    expect((await run("spawn", "-")).values).toMatchObject({ prompt: "-" });
    expect(await failure("spawn", "--title", "--watch")).toEqual([
      "usage",
      "missing value for --title, and --watch is a flag",
      "--title=--watch",
    ]);
  });

  test("resolve reads --no-x for what is on by default", async () => {
    expect((await run("spawn", "--no-checkout")).values).toMatchObject({ checkout: false });
    expect((await run("spawn", "--checkout")).values).toMatchObject({ checkout: true });
    expect(await failure("spawn", "--no-watch")).toEqual([
      "usage",
      "unknown flag --no-watch",
      "did you mean `--watch`?",
    ]);
  });

  test("resolve takes list for ls on every level", async () => {
    expect((await run("list")).path).toEqual(["ls"]);
    expect((await run("session", "list", "--all")).path).toEqual(["session", "ls"]);
    expect(await failure("tell", "list")).toEqual([
      "usage",
      "missing argument <sessions>",
      'ao tell "stop" shop-1 shop-2',
    ]);
  });

  test("resolve runs a command that has sub-commands too", async () => {
    expect((await run("daemon", "--port", "1")).values).toEqual({ port: "1" });
    expect((await run("daemon", "install")).path).toEqual(["daemon", "install"]);
    expect(await failure("daemon", "instal")).toEqual([
      "usage",
      "unknown command daemon instal",
      "did you mean `ao daemon install`?",
    ]);
    expect(await failure("daemon", "--port", "1", "install")).toEqual([
      "usage",
      "unknown flag --port",
      "ao daemon install --help",
    ]);
  });

  test.each([
    [["spwan", "x"], "unknown command spwan", "did you mean `ao spawn`?"],
    [["frobnicate", "--help"], "unknown command frobnicate", "ao --help"],
    [["kill", "shop-1"], "unknown command kill", "did you mean `ao session kill`?"],
    [["session", "kil"], "unknown command session kil", "did you mean `ao session kill`?"],
    [["--", "spawn"], "unknown command spawn", "did you mean `ao spawn`?"],
    [["spawn", "--agnet", "codex"], "unknown flag --agnet", "did you mean `--agent`?"],
    [["spawn", "--zzz"], "unknown flag --zzz", "ao spawn --help"],
    [["spawn", "-z"], "unknown flag -z", "ao spawn --help"],
    [["--agent", "codex", "spawn"], "unknown flag --agent", "ao --help"],
    [["spawn", "fix", "it"], "unexpected argument it", "ao spawn --help"],
    [["ls", "--all=no"], "flag --all takes no value", "--all"],
    [["spawn", "--title"], "missing value for --title", "--title=title"],
    [["--project"], "missing value for --project", "--project=id"],
    [["spawn", "--title", "a", "--title", "b"], "flag --title is given twice", "ao spawn --help"],
    [
      ["spawn", "--mode", "edti"],
      '--mode is "edti", expected one of plan, edit',
      "did you mean `--mode edit`?",
    ],
    [
      ["session", "kill", "--reason", "x"],
      "missing argument <session>",
      "ao session kill shop-1 --reason done",
    ],
    [
      ["session", "kill", "shop-1"],
      "missing flag --reason",
      "ao session kill shop-1 --reason done",
    ],
    [["help", "frob"], "unknown command frob", "ao --help"],
    [["help", "jsn"], "unknown command jsn", "did you mean `ao help json`?"],
    [["constructor"], "unknown command constructor", "ao --help"],
    [["ls", "--toString"], "unknown flag --toString", "ao ls --help"],
  ])("resolve %j is a usage error", async (argv, message, hint) => {
    expect(await failure(...argv)).toEqual(["usage", message, hint]);
  });

  test.each([
    [[], []],
    [["--help"], []],
    [["-h"], []],
    [["help"], []],
    [
      ["help", "session", "kill"],
      ["session", "kill"],
    ],
    [["help", "list"], ["ls"]],
    [["session"], ["session"]],
    [
      ["session", "kill", "-h"],
      ["session", "kill"],
    ],
    [["spawn", "--bogus", "a", "b", "--help"], ["spawn"]],
    [["--help", "spawn"], ["spawn"]],
  ])("resolve %j asks for help", async (argv, path) => {
    const found = await resolve(root, argv);
    expect([found.kind, "path" in found && found.path]).toEqual(["help", path]);
  });

  test("resolve finds a help page and the version", async () => {
    expect(await resolve(root, ["help", "json"])).toMatchObject({
      kind: "topic",
      text: "lists are objects\n",
    });
    expect(await resolve(root, ["--version"])).toMatchObject({ kind: "version" });
    expect(await resolve(root, ["ls", "--version", "--json"])).toMatchObject({
      kind: "version",
      globals: { json: true },
    });
  });

  test("resolve loads only the commands on its way", async () => {
    const loaded: string[] = [];
    const subCommands = Object.fromEntries(
      Object.entries(root.subCommands).map(([name, load]) => [
        name,
        () => {
          loaded.push(name);
          return load();
        },
      ]),
    );
    await resolve({ ...root, subCommands }, ["--version"]);
    await resolve({ ...root, subCommands }, ["spwan"]).catch(() => undefined);
    expect(loaded).toEqual([]);
    await resolve({ ...root, subCommands }, ["ls"]);
    expect(loaded).toEqual(["ls"]);
  });
});

test("suggest finds the near word and nothing far", () => {
  expect(suggest("spwan", ["spawn", "send"])).toBe("spawn");
  expect(suggest("attch", ["attach", "events"])).toBe("attach");
  expect(suggest("sess", ["session", "send"])).toBe("session");
  expect(suggest("xyz", ["spawn", "send"])).toBeUndefined();
  expect(suggest("x", ["ls"])).toBeUndefined();
});

test("editDistance counts a swap of neighbours once", () => {
  expect(editDistance("spwan", "spawn")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("kitten", "sitting")).toBe(3);
});

async function run(...argv: string[]) {
  const found = await resolve(root, argv);
  if (found.kind !== "run") throw new Error(`expected a command to run, got ${found.kind}`);
  return { ...found, values: valuesOf(found.command.args, found.argv) };
}

async function failure(...argv: string[]): Promise<unknown> {
  try {
    await resolve(root, argv);
  } catch (error) {
    if (error instanceof AoError) return [error.code, error.message, error.hint];
    throw error;
  }
  throw new Error(`${argv.join(" ")} was accepted`);
}
