import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { deleteSession } from "../../src/store/session.ts";
import { contentOf, findOrphans, processesOf, readRows, rowOf } from "../support/crash.ts";
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

const spawnWords = ["spawn", "--quiet", "--command", "sleep 600", "a task"];

/** Runs a verb that dies at a point. */
async function die(world: World, point: string, ...words: string[]): Promise<void> {
  const { signal, stderr } = await world.ao(words, { AO_FAILPOINT: point });
  expect({ signal, stderr }).toMatchObject({ signal: "SIGKILL" });
}

/** Does what `ao ls` starts in the background, here and now. */
async function runOnce(world: World, env = {}) {
  return await world.ao(["__run-once", "--data-dir", world.dataDir], env);
}

/** A hook of the person's repository, run by every `git worktree add`. */
function hook(world: World, script: string): void {
  world.write(".git/hooks/post-checkout", `#!/bin/sh\n${script}\n`);
  chmodSync(join(world.root, ".git/hooks/post-checkout"), 0o755);
}

describe.concurrent("recovery", () => {
  test.each([
    { what: "ends soon", script: 'sleep 1; echo late >"$0.late"', isAwaited: true },
    { what: "does not end", script: 'sleep 600; echo late >"$0.late"', isAwaited: false },
  ])("of a spawn whose `git worktree add` $what undoes it when that is over", async (given) => {
    const world = await newWorld();
    hook(world, `echo >"$0.began"\n${given.script}`);
    const { child, ended } = world.start(spawnWords);
    const place = join(world.root, ".git/hooks/post-checkout");
    await waitFor(() => existsSync(`${place}.began`), patience);
    child.kill("SIGKILL");
    await ended;
    expect(readRows(world.dataDir).open).toHaveLength(1);
    await runOnce(world);
    expect(findOrphans(world)).toEqual([]);
    expect(existsSync(`${place}.late`)).toBe(given.isAwaited);
    expect(processesOf(world.dataDir)).toEqual([]);
  });

  test.each(["spawn.launch.undo", "spawn.launch.undone", "spawn.worktree.undo"])(
    "that is killed itself at %s is recovered",
    async (point) => {
      const world = await newWorld();
      await die(world, "spawn.confirm.before", ...spawnWords);
      expect((await runOnce(world, { AO_FAILPOINT: point })).signal).toBe("SIGKILL");
      await runOnce(world);
      expect(findOrphans(world)).toEqual([]);
      expect(readRows(world.dataDir).rows).toEqual([]);
    },
  );

  test("by four processes at once is done by one of them", async () => {
    const world = await newWorld();
    const id = await world.must(...spawnWords);
    await die(world, "kill.stop.after", "session", "kill", id);
    await Promise.all([1, 2, 3, 4].map(async () => await runOnce(world)));
    // Those that came second do not wait for the first.
    await waitFor(() => world.openOperations().length === 0, patience);
    expect(findOrphans(world)).toEqual([]);
    expect(rowOf(world.dataDir, id)).toMatchObject({ terminationReason: "killed" });
  });

  test("of a spawn whose row has vanished still removes what it made", async () => {
    const world = await newWorld();
    await die(world, "spawn.launch.after", ...spawnWords);
    world.engine().store.write((tx) => deleteSession(tx, "shop-1"));
    await runOnce(world);
    expect(findOrphans(world)).toEqual([]);
  });

  test("of a removal that was cut off in the middle keeps the escrow of the whole", async () => {
    const world = await newWorld();
    const id = await world.must(...spawnWords);
    const { worktreePath } = rowOf(world.dataDir, id);
    world.write("readme.txt", "changed\n", worktreePath);
    world.write("new.txt", "untracked\n", worktreePath);
    await world.must("session", "kill", id);
    await die(world, "cleanup.discard.before", "session", "cleanup", id, "--purge");
    for (const name of ["readme.txt", ".git", "src"]) {
      rmSync(join(worktreePath, name), { recursive: true });
    }
    await runOnce(world);
    expect(findOrphans(world)).toEqual([]);
    await world.must("session", "restore", id);
    const found = ["readme.txt", "new.txt", "src/code.txt"].map((path) =>
      contentOf(world, id, path),
    );
    expect(found).toEqual(["changed", "untracked", "alpha\nbeta"]);
    expect(world.git("-C", worktreePath, "status", "--porcelain")).toBe(
      " M readme.txt\n?? new.txt",
    );
  });

  test("of a removal keeps what somebody added since in an escrow of its own", async () => {
    const world = await newWorld();
    const id = await world.must(...spawnWords);
    const { worktreePath } = rowOf(world.dataDir, id);
    world.write("new.txt", "untracked\n", worktreePath);
    await world.must("session", "kill", id);
    await die(world, "cleanup.discard.before", "session", "cleanup", id, "--purge");
    world.write("later.txt", "added meanwhile\n", worktreePath);
    await runOnce(world);
    expect(findOrphans(world)).toEqual([]);
    expect(world.git("show", `refs/ao/escrow/${id}/2:later.txt`)).toBe("added meanwhile");
    expect(rowOf(world.dataDir, id).escrowRef).toBe(`refs/ao/escrow/${id}/1`);
  });

  test("of a restore that was cut off while it wrote files brings all of them later", async () => {
    const world = await newWorld();
    const id = await world.must(...spawnWords);
    const { worktreePath } = rowOf(world.dataDir, id);
    world.write("new.txt", "untracked\n", worktreePath);
    await world.must("session", "kill", id, "--purge");
    await die(world, "restore.made.after", "session", "restore", id);
    rmSync(join(worktreePath, "new.txt"));
    rmSync(join(worktreePath, "src"), { recursive: true });
    await runOnce(world);
    expect(findOrphans(world)).toEqual([]);
    await world.must("session", "restore", id);
    expect(contentOf(world, id, "new.txt")).toBe("untracked");
    expect(contentOf(world, id, "src/code.txt")).toBe("alpha\nbeta");
  });

  test("of a spawn leaves a repository with work that exists nowhere else", async () => {
    const world = await newWorld();
    const nested = "git init -q lib && cd lib && echo x >x && git add x && git commit -qm x";
    await world.must("project", "set", "shop", "setup", `["${nested}", "exit 3"]`);
    const env = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b" };
    const committer = { GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b" };
    const { exitCode, stderr } = await world.ao(spawnWords, { ...env, ...committer });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
    expect(stderr).toContain("shop-1 stays, ended");
    const row = rowOf(world.dataDir, "shop-1");
    expect(row).toMatchObject({ isTerminated: true, terminationReason: "killed" });
    expect(readFileSync(join(row.worktreePath, "lib/x"), "utf8")).toBe("x\n");
    expect(findOrphans(world)).toEqual([]);
  });
});

describe.concurrent("two at once", () => {
  test("kill and kill end the session once", async () => {
    const world = await newWorld();
    const id = await world.must(...spawnWords);
    const ran = await Promise.all([1, 2].map(() => world.ao(["session", "kill", id])));
    const codes = ran.map(({ exitCode }) => exitCode).sort();
    // The second one is refused while the first is at it, or finds it done.
    expect(["0,0", "0,4"]).toContain(codes.join());
    expect(findOrphans(world)).toEqual([]);
    expect(rowOf(world.dataDir, id).terminationReason).toBe("killed");
  });

  test("restore and restore start one agent", async () => {
    const world = await newWorld();
    const id = await world.must(...spawnWords);
    await world.must("session", "kill", id);
    const ran = await Promise.all([1, 2, 3].map(() => world.ao(["session", "restore", id])));
    expect(ran.map(({ exitCode }) => exitCode).sort()).toEqual([0, 4, 4]);
    expect(findOrphans(world)).toEqual([]);
  });

  test("restore of a session that is being killed is refused", async () => {
    const world = await newWorld();
    const stubborn = join(import.meta.dir, "../fixtures/bin/stubborn.sh");
    const id = await world.must("spawn", "--quiet", "--command", `sh ${stubborn}`);
    const killing = world.start(["session", "kill", id]);
    await waitFor(() => world.openOperations().length === 1, patience);
    expect((await world.ao(["session", "restore", id])).exitCode).toBe(4);
    killing.child.kill("SIGINT");
    // A kill that was begun goes on to its end.
    expect((await killing.ended).exitCode).toBe(0);
    expect(findOrphans(world)).toEqual([]);
    expect(readdirSync(join(world.dataDir, "sessions"))).toEqual([id]);
  });
});
