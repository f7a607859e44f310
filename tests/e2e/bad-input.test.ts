import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "shell-quote";

import { agents } from "../../src/agent/table.ts";
import { dedent, Machine, slowMs } from "../support/ao.ts";
import { gitIn } from "../support/repository.ts";
import { spawnState, storeState } from "../support/store-state.ts";

setDefaultTimeout(slowMs);

/** Lines as typed, each with the block that it must end with; from a file that reads like one. */
const transcript = readFileSync(join(import.meta.dir, "../fixtures/refusals.txt"), "utf8")
  .trim()
  .split("\n\n")
  .map((entry): [line: string, told: string] => {
    const [line = "", exit = "", ...told] = entry.split("\n");
    const names = [...agents.keys()].join(", ");
    const filled = told.map((text) =>
      text.replace("{agents}", names).replaceAll("{folder}", "<folder>"),
    );
    const shown = filled.map((text) => `err | ${text}`);
    return [line.replace(/^\$ ao /, ""), [exit, ...shown].join("\n")];
  });

function wordsOf(line: string): string[] {
  return parse(line).filter((word) => typeof word === "string");
}

/** One machine for all: a live session `shop-1`, and `shop-2`, which was killed. */
let machine: Machine;

beforeAll(async () => {
  machine = await Machine.withProject();
  const { folder, repository } = machine;
  gitIn(repository, "branch", "taken");
  mkdirSync(join(folder, "plain"));
  gitIn(folder, "init", "--quiet", "--bare", "bare.git");
  gitIn(folder, "init", "--quiet", "empty");
  writeFileSync(join(folder, "task.txt"), "the task\n");
  makeLeanPath();
  await machine.spawn("sleep 1000");
  await machine.spawn("sleep 1000");
  await machine.ok(["session", "kill", "shop-2"]);
});

afterAll(async () => await machine[Symbol.asyncDispose]());

/** A path on which no agent can be, whatever this machine has. */
function makeLeanPath(): void {
  const folder = join(machine.folder, "lean");
  mkdirSync(folder);
  for (const name of ["git", "sh", "sleep"]) {
    const found = Bun.which(name);
    if (found) symlinkSync(found, join(folder, name));
  }
  writeFileSync(join(folder, "data.txt"), "no program\n");
  chmodSync(join(folder, "data.txt"), 0o644);
}

const fill = (text: string) => text.replaceAll("{folder}", machine.folder);

describe("ao refuses what nothing may come of", () => {
  test.each(transcript)("%s", async (line, told) => {
    const before = storeState(machine.dataDir, machine.repository);
    const ended = await machine.ao(wordsOf(line).map(fill));
    expect(machine.block(ended)).toBe(told);
    expect(storeState(machine.dataDir, machine.repository)).toBe(before);
  });
});

test("spawn of an agent that is not installed names how to install it", async () => {
  const before = storeState(machine.dataDir, machine.repository);
  const PATH = join(machine.folder, "lean");
  const ended = await machine.ao(["spawn", "task", "--agent", "codex"], { env: { PATH } });
  expect(machine.block(ended)).toBe(
    dedent(`
      exit 5
      err | error: program codex of agent codex was not found on PATH
      err | hint: npm install -g @openai/codex`),
  );
  expect(storeState(machine.dataDir, machine.repository)).toBe(before);
});

test.each([
  ["--base=nope", 3, "base nope not found", "git branch --all"],
  ["--base=-x", 2, 'base "-x" is not a name that git takes', "ao spawn --help"],
])("spawn with %s leaves nothing", async (flag, code, error, hint) => {
  const before = spawnState(machine.dataDir, machine.repository);
  const ended = await machine.ao(["spawn", "--command", "sleep 1000", flag]);
  expect(machine.block(ended)).toBe(`exit ${code}\nerr | error: ${error}\nerr | hint: ${hint}`);
  expect(spawnState(machine.dataDir, machine.repository)).toBe(before);
});

const ending: [line: string, told: string][] = [
  ["true", "exited with code 0 at once, without any output"],
  ["sh -c 'echo one; echo two; exit 3'", "exited with code 3 at once: one / two"],
  ["sh -c 'kill -9 $$'", "was ended by SIGKILL at once, without any output"],
  ["sh -c 'printf \"\\033[31mred\\033[0m\\n\"; exit 1'", "exited with code 1 at once: red"],
];

test.each(ending)("spawn of %j fails and leaves nothing", async (line, told) => {
  const before = spawnState(machine.dataDir, machine.repository);
  const ended = await machine.ao(["spawn", "task", "--command", line]);
  const hint = "try the same program by hand in the repository";
  expect(machine.block(ended)).toBe(`exit 1\nerr | error: the agent ${told}\nerr | hint: ${hint}`);
  expect(spawnState(machine.dataDir, machine.repository)).toBe(before);
});

test("spawn of an agent that ends at once leaves a tombstone in the log", async () => {
  await machine.ao(["spawn", "task", "--command", "true"]);
  const last = (await machine.ok(["events", "--json"])).split("\n").slice(-2);
  const types = last.map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types.at(-1)).toBe("session_deleted");
});

test("a refusal with --json is told on stderr, and stdout stays empty", async () => {
  const ended = await machine.ao(["session", "show", "shop-9", "--json"]);
  expect(machine.block(ended)).toBe(
    "exit 3\nerr | error: session shop-9 not found\nerr | hint: ao ls --all",
  );
});
