import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { World } from "../support/engine.ts";

setDefaultTimeout(60_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

/** A machine with a stand-in for Copilot, whose list of trusted folders is the person's file. */
async function newWorld(program: string) {
  const world = new World();
  worlds.push(world);
  world.program("copilot", `#!/bin/sh\n${program}\n`);
  await world.must("project", "add", world.root, "--id", "shop");
  const folder = join(world.folder, "home", ".copilot");
  mkdirSync(folder);
  const list = join(folder, "config.json");
  writeFileSync(list, '{\n  "theme": "dark",\n  "trustedFolders": [\n    "/mine"\n  ]\n}\n');
  return { world, list, before: readFileSync(list, "utf8") };
}

test("trusts a worktree until it is cleaned up, and again after a restore", async () => {
  const { world, list, before } = await newWorld("exec sleep 600");
  await world.must("spawn", "--agent", "copilot", "--quiet", "x");
  const trusted = () => JSON.parse(readFileSync(list, "utf8")).trustedFolders;
  const worktree = join(world.dataDir, "worktrees", "shop", "shop-1");
  expect(trusted()).toEqual(["/mine", worktree]);
  await world.must("session", "kill", "shop-1");
  expect(trusted()).toEqual(["/mine", worktree]);
  await world.must("session", "cleanup", "shop-1", "--purge");
  expect(existsSync(worktree)).toBe(false);
  expect(readFileSync(list, "utf8")).toBe(before);
  await world.must("session", "restore", "shop-1");
  expect(trusted()).toEqual(["/mine", worktree]);
});

test("of a spawn that failed are taken back", async () => {
  const { world, list, before } = await newWorld("exit 3");
  expect((await world.ao(["spawn", "--agent", "copilot", "x"])).exitCode).toBe(1);
  expect(readFileSync(list, "utf8")).toBe(before);
});
