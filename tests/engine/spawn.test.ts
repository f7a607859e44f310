import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";

import { findOrphans, processesOf, readRows, rowOf } from "../support/crash.ts";
import { patience, World } from "../support/engine.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(600_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

async function newWorld(): Promise<World> {
  const world = new World();
  worlds.push(world);
  await world.must("project", "add", world.root);
  return world;
}

/** Makes each step that can take long take long. */
const slow: Record<string, (world: World) => Promise<Record<string, string>>> = {
  async base(world) {
    world.git("remote", "add", "origin", "ssh://127.0.0.1/nowhere");
    return { GIT_SSH_COMMAND: "sleep 600 #" };
  },
  async worktree(world) {
    const hook = join(world.root, ".git/hooks/post-checkout");
    world.write(".git/hooks/post-checkout", "#!/bin/sh\nsleep 600\n");
    chmodSync(hook, 0o755);
    return {};
  },
  async provision(world) {
    await world.must("project", "set", "shop", "setup", '["sleep 600"]');
    return {};
  },
  async confirm() {
    return {};
  },
};

describe.concurrent("spawn", () => {
  test.each(Object.keys(slow))("interrupted at step %s leaves nothing", async (step) => {
    const world = await newWorld();
    const env = (await slow[step]?.(world)) ?? {};
    await interruptAt(world, step, env);
    expect(findOrphans(world)).toEqual([]);
    expect(readRows(world.dataDir).rows).toEqual([]);
    expect(processesOf(world.dataDir)).toEqual([]);
  });

  test("whose agent ends at once tells its output and leaves only a tombstone", async () => {
    const world = await newWorld();
    world.program("broken", "#!/bin/sh\necho no licence found\nexit 7\n");
    const { exitCode, stdout, stderr } = await world.ao(["spawn", "--command", "broken"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain("no licence found");
    expect(stderr).toContain("exited with code 7");
    expect(findOrphans(world)).toEqual([]);
    const types = await eventTypes(world);
    expect(types[0]).toBe("session_created");
    expect(types.at(-1)).toBe("session_deleted");
  });

  test("then kill is told by row and events, in order", async () => {
    const world = await newWorld();
    const id = await world.must("spawn", "--quiet", "--command", "sleep 600", "the task");
    expect(rowOf(world.dataDir, id)).toMatchObject({
      isTerminated: false,
      terminationReason: null,
      title: "the task",
      branch: "ao/shop-1/root",
    });
    await world.must("session", "kill", id);
    const row = rowOf(world.dataDir, id);
    expect(row).toMatchObject({ isTerminated: true, terminationReason: "killed" });
    expect(existsSync(row.worktreePath)).toBe(true);
    const types = await eventTypes(world);
    expect(types[0]).toBe("session_created");
    expect(types.slice(1).every((type) => type === "session_updated")).toBe(true);
    expect(types.length).toBeGreaterThan(2);
  });

  test("never takes the number of a session that was deleted", async () => {
    const world = await newWorld();
    const first = await world.must("spawn", "--quiet", "--command", "sleep 600");
    await world.must("session", "kill", first, "--purge");
    await world.must("session", "rm", first);
    expect(await world.must("spawn", "--quiet", "--command", "sleep 600")).toBe("shop-2");
    expect(findOrphans(world)).toEqual([]);
  });
});

/** Presses ctrl-C at a step; again where the step was over before it could be seen. */
async function interruptAt(world: World, step: string, env: Record<string, string>): Promise<void> {
  for (;;) {
    const { child, ended } = world.start(["spawn", "--command", "sleep 600", "x"], env);
    const isThere = () => world.openOperations()[0]?.step === step;
    await waitFor(() => isThere() || child.exitCode !== null, patience);
    child.kill("SIGINT");
    const { exitCode, stdout } = await ended;
    if (exitCode !== 0) {
      expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
      return;
    }
    await world.must("session", "kill", stdout.trim(), "--purge");
    await world.must("session", "rm", stdout.trim());
  }
}

/** Types of the events about sessions, checking that their numbers rise. */
async function eventTypes(world: World): Promise<string[]> {
  const text = await world.must("events", "--all", "--json");
  const events = text.split("\n").map((line) => JSON.parse(line));
  const numbers = events.map(({ seq }) => seq);
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  expect(new Set(numbers).size).toBe(numbers.length);
  return events.map(({ type }) => type).filter((type) => type.startsWith("session_"));
}
