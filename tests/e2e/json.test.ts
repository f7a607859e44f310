import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { topics } from "../../src/cli/topics.ts";
import { Machine, slowMs } from "../support/ao.ts";

setDefaultTimeout(slowMs);

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.withProject();
  await machine.spawn("sh -c 'echo hello; sleep 1000'", "the task");
  const { worktreePath } = await machine.session("shop-1");
  writeFileSync(join(worktreePath, "new.txt"), "new\n");
  await machine.spawn("sleep 1000", "the other task");
  const { worktreePath: other } = await machine.session("shop-2");
  writeFileSync(join(other, "new.txt"), "new\n");
  await machine.ok(["session", "kill", "shop-2"]);
});

afterAll(async () => await machine[Symbol.asyncDispose]());

/** The fields that `ao help json` promises below a heading. */
function documented(heading: string): string[] {
  const lines = (topics["json"]?.text ?? "").split("\n");
  const start = lines.indexOf(`${heading}:`) + 1;
  const end = lines.findIndex((line, index) => index >= start && line.trim() === "");
  const words = lines.slice(start, end).filter((line) => !line.includes("`"));
  return words.join(" ").trim().split(/\s+/).sort();
}

const keysOf = (value: object | undefined) => Object.keys(value ?? {}).sort();

test("a session has the fields that are documented", async () => {
  const fields = documented("A session");
  expect(fields).toContain("worktreePath");
  const { sessions } = await machine.json<{ sessions: object[] }>(["ls", "--all"]);
  expect(sessions.map(keysOf)).toEqual([fields, fields]);
  expect(keysOf(await machine.session("shop-1"))).toEqual(fields);
});

test("a project has the fields that are documented", async () => {
  const fields = documented("A project");
  const { projects } = await machine.json<{ projects: object[] }>(["project", "ls"]);
  expect(projects.map(keysOf)).toEqual([fields]);
  expect(keysOf(await machine.json(["project", "show", "shop"]))).toEqual(fields);
});

test("an event has the fields and payload that are documented", async () => {
  interface Schema {
    types: { type: string; payload: string[] }[];
  }
  const { types } = await machine.json<Schema>(["events", "--schema"]);
  const payloads = new Map(types.map(({ type, payload }) => [type, payload.toSorted()]));
  const lines = (await machine.ok(["events", "--all", "--json"])).split("\n");
  const seen = lines.map((line) => JSON.parse(line) as { type: string; payload: object });
  expect(seen.length).toBeGreaterThan(5);
  for (const event of seen) {
    const fields = documented("An event");
    expect(fields).toEqual(expect.arrayContaining(keysOf(event)));
    expect([event.type, keysOf(event.payload)]).toEqual([
      event.type,
      payloads.get(event.type) ?? [],
    ]);
  }
});

const escrowKeys =
  "at base branch commit diff files hasIndex nested number projectId reason ref root session " +
  "worktree";

const shapes: [line: string, keys: string][] = [
  ["version", "commit version"],
  ["why shop-1", "contradictions evidence messages operation rule screen sessionId status"],
  ["logs shop-1", "id lines"],
  ["screen shop-1", "columns cursor id isAlternate isComplete lines rows"],
  ["session show shop-1 --env", "env id"],
  ["session show shop-1 --prompt", "id prompt"],
  ["recover ls", "escrows"],
  ["recover show shop-2", escrowKeys],
  ["config show", "settings"],
  ["doctor", "findings"],
  ["session cleanup", "sessions"],
  ["session restore --all", "sessions"],
];

test.each(shapes)("%s --json is one object of a stable shape", async (line, keys) => {
  const ended = await machine.ao([...line.split(" "), "--json"]);
  expect(ended.stdout).toMatch(/^\{.*\}\n$/);
  expect(keysOf(JSON.parse(ended.stdout) as object).join(" ")).toBe(keys);
});

test("diff --json counts and holds the new file", async () => {
  const diff = await machine.json<{ id: string; diff: string }>(["diff", "shop-1"]);
  expect(diff).toMatchObject({ id: "shop-1" });
  expect(diff.diff).toContain("+new");
});

test("verbs that change something print what they changed", async () => {
  const sent = await machine.json<object>(["send", "shop-1", "hello", "--wait", "queued"]);
  expect(keysOf(sent)).toEqual(["id", "sessionId", "state"]);
  const renamed = await machine.json<{ title: string }>(["session", "rename", "shop-1", "new"]);
  expect(renamed.title).toBe("new");
  const set = await machine.json<{ config: object }>(["project", "set", "shop", "model", "x"]);
  expect(set.config).toEqual({ model: "x" });
  const unset = await machine.json<{ config: object }>(["project", "unset", "shop", "model"]);
  expect(unset.config).toEqual({});
  const spawned = await machine.json<{ id: string }>(["spawn", "--command", "sleep 1000"]);
  expect(spawned.id).toBe("shop-3");
  const killed = await machine.json<object>(["session", "kill", "shop-3", "--purge"]);
  expect(killed).toMatchObject({ status: "killed", isPurged: true, survivors: [] });
  const removed = await machine.json<object>(["session", "rm", "shop-3"]);
  expect(removed).toEqual({ id: "shop-3", isRemoved: true });
});
