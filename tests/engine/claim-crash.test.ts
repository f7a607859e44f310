import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { claimSteps } from "../../src/engine/claim/claim.ts";
import { recoverDead } from "../../src/engine/recovery.ts";
import { findPr } from "../../src/store/observation.ts";
import { findOrphans, readRows, rowOf } from "../support/crash.ts";
import { World } from "../support/engine.ts";
import { GitHubRemote } from "../support/github-remote.ts";
import { GitHubServer } from "../support/github-server/server.ts";

setDefaultTimeout(120_000);

const world = new World();
const server = new GitHubServer();
const remote = new GitHubRemote(server, world);
const env = server.env;
const engine = world.engine();

/** Owns the pull request in the beginning, and shall have it whenever a claim is undone. */
let donor = "";
let claimer = "";

beforeAll(async () => {
  world.program("agent", "#!/bin/sh\nexec sleep 600\n");
  remote.connect();
  await world.must("project", "add", world.root);
  remote.redirect();
  remote.pr();
  [donor, claimer] = await Promise.all([spawnAgent(), spawnAgent()]);
  expect((await world.ao(["session", "claim-pr", donor, "1", "--no-checkout"], env)).exitCode).toBe(
    0,
  );
});

afterAll(async () => {
  world.close();
  await server[Symbol.asyncDispose]();
});

const claim = () => ["session", "claim-pr", claimer, "1"];
const spawnIt = ["spawn", "--claim-pr", "1", "--command", "agent"];

test("a claim that dies at a step is undone, and the donor keeps the pull request", async () => {
  for (const { name } of claimSteps) {
    for (const moment of ["before", "after"]) {
      const point = `claim.${name}.${moment}`;
      if (point === "claim.move.after") continue;
      await crash(point, claim());
    }
  }
});

test("a claim that dies while it is undone is undone later", async () => {
  // Git does not overwrite what it ignores, so the checkout fails.
  writeFileSync(join(world.root, ".git/info/exclude"), "work.txt\n");
  const { worktreePath } = rowOf(world.dataDir, claimer);
  writeFileSync(join(worktreePath, "work.txt"), "mine\n");
  for (const { name, undo } of claimSteps) {
    if (!undo) continue;
    await crash(`claim.${name}.undo`, claim());
    await crash(`claim.${name}.undone`, claim());
  }
  expect(readFileSync(join(worktreePath, "work.txt"), "utf8")).toBe("mine\n");
  rmSync(join(worktreePath, "work.txt"));
  rmSync(join(world.root, ".git/info/exclude"));
});

test("a spawn that dies at a step leaves nothing, and the donor its pull request", async () => {
  const points = ["spawn.base.after", "spawn.worktree.after", "spawn.claim.before"];
  for (const point of points) await crash(point, spawnIt);
  expect(readRows(world.dataDir).rows).toHaveLength(2);
});

test("what dies after the transaction is done, and stays so", async () => {
  await die("spawn.claim.after", spawnIt);
  await runOnce();
  const made = readRows(world.dataDir).rows.at(-1);
  expect(made).toMatchObject({ isTerminated: false, launchedAt: expect.any(Number) });
  expect(owner()).toBe(made?.id);
  expect(findOrphans(world)).toEqual([]);
  await die("claim.move.after", claim());
  await runOnce();
  expect(owner()).toBe(claimer);
  expect(rowOf(world.dataDir, claimer).branch).toBe(`ao/${claimer}/pr-1`);
});

/** Dies at a point, and is set right by another process: then all is as before. */
async function crash(point: string, words: string[]): Promise<void> {
  const before = state();
  await die(point, words);
  expect({ point, open: world.openOperations().length }).toEqual({ point, open: 1 });
  await runOnce();
  expect({ point, ...state() }).toEqual({ point, ...before });
  expect({ point, orphans: findOrphans(world) }).toEqual({ point, orphans: [] });
}

async function die(point: string, words: string[]): Promise<void> {
  const { signal, stderr } = await world.ao(words, { ...env, AO_FAILPOINT: point });
  expect({ point, signal, stderr }).toMatchObject({ point, signal: "SIGKILL" });
}

/** What the next process does, whichever that is. */
async function runOnce(): Promise<void> {
  await recoverDead(engine);
}

function state() {
  const { rows } = readRows(world.dataDir);
  return {
    owner: owner(),
    branches: rows.map(({ branch }) => branch),
    worktrees: world.git("worktree", "list", "--porcelain"),
    refs: world.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/"),
    config: world.git("config", "--local", "--list"),
  };
}

function owner(): string | null | undefined {
  return findPr(engine.store, "github.com/acme/shop#1")?.sessionId;
}

async function spawnAgent(): Promise<string> {
  return await world.must("spawn", "--quiet", "--command", "agent", "a task");
}
