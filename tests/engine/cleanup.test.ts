import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { cleanup, removeSession } from "../../src/engine/cleanup.ts";
import { kill } from "../../src/engine/kill.ts";
import { setProjectSetting } from "../../src/engine/project.ts";
import { restore } from "../../src/engine/restore.ts";
import { spawn } from "../../src/engine/spawn.ts";
import { getProject } from "../../src/store/project.ts";
import { getSession } from "../../src/store/session.ts";
import { findOrphans } from "../support/crash.ts";
import { World } from "../support/engine.ts";

setDefaultTimeout(600_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

const longAgo = () => Date.now() - 30 * 86_400_000;

/** A session that was ended after `work`, and an engine to whose clock all grace is over. */
async function ended(work: (world: World, worktree: string) => void, settings = {}) {
  const { world, engine } = await World.withProject({});
  worlds.push(world);
  for (const [key, value] of Object.entries(settings)) {
    setProjectSetting(engine, "shop", key, value);
  }
  const project = getProject(engine.store, "shop");
  const session = await spawn(engine, { project, prompt: "", command: "sleep 600" });
  work(world, session.worktreePath);
  await kill(engine, session.id);
  const patient = world.engine({ clock: longAgo });
  return { world, engine, patient, id: session.id, worktree: session.worktreePath };
}

function commit(world: World, worktree: string): void {
  world.write("feature.txt", "feature\n", worktree);
  world.git("-C", worktree, "add", "--all");
  world.git("-C", worktree, "commit", "--quiet", "--message", "feature");
}

describe.concurrent("cleanup", () => {
  test("waits for the grace period first", async () => {
    const { engine, id, worktree } = await ended(() => {});
    const [result] = await cleanup(engine, { ids: [id], isPurge: false });
    expect(result?.outcome).toBe("kept");
    expect(result?.reason).toMatch(/^its grace period ends in \d+ min$/);
    expect(existsSync(worktree)).toBe(true);
  });

  test("removes what has no work, and its branch", async () => {
    const { world, patient, id } = await ended(() => {});
    const [result] = await cleanup(patient, { ids: [], isPurge: false });
    expect(result).toEqual({ sessionId: id, outcome: "removed" });
    expect(findOrphans(world)).toEqual([]);
    expect(world.git("branch", "--list", "ao/*")).toBe("");
    expect(await cleanup(patient, { ids: [], isPurge: false })).toEqual([]);
    const [again] = await cleanup(patient, { ids: [id], isPurge: true });
    expect(again?.outcome).toBe("gone");
  });

  test("removes what was merged as one commit, and keeps an escrow of it", async () => {
    const { world, patient, id } = await ended(commit);
    world.git("merge", "--quiet", "--squash", `ao/${id}/root`);
    world.git("commit", "--quiet", "--message", "squashed");
    const [result] = await cleanup(patient, { ids: [id], isPurge: false });
    expect(result).toMatchObject({ outcome: "removed", escrowRef: `refs/ao/escrow/${id}/1` });
    expect(findOrphans(world)).toEqual([]);
  });

  test.each([
    { what: "is not merged", work: commit, reason: /its work is not in main/ },
    {
      what: "is not committed",
      work: (world: World, worktree: string) => world.write("new.txt", "x\n", worktree),
      reason: /it has uncommitted work/,
    },
  ])("keeps what $what", async ({ work, reason }) => {
    const { world, patient, id, worktree } = await ended(work);
    const [result] = await cleanup(patient, { ids: [id], isPurge: false });
    expect(result?.outcome).toBe("kept");
    expect(result?.reason).toMatch(reason);
    expect(existsSync(worktree)).toBe(true);
    expect(findOrphans(world)).toEqual([]);
  });

  test("takes links that ao itself made for no work", async () => {
    const { world, engine } = await World.withProject({});
    worlds.push(world);
    world.write("ignored/deps/x", "x\n");
    setProjectSetting(engine, "shop", "symlinks", ["ignored"]);
    const project = getProject(engine.store, "shop");
    const { id, worktreePath } = await spawn(engine, { project, prompt: "", command: "sleep 600" });
    expect(existsSync(join(worktreePath, "ignored/deps/x"))).toBe(true);
    expect((await kill(engine, id)).escrowRef).toBeNull();
    const [result] = await cleanup(world.engine({ clock: longAgo }), { ids: [], isPurge: false });
    expect(result).toEqual({ sessionId: id, outcome: "removed" });
    expect(existsSync(join(world.root, "ignored/deps/x"))).toBe(true);
  });

  test("with purge refuses while a repository inside has work of its own", async () => {
    const { world, engine, id, worktree } = await ended((here, path) => {
      mkdirSync(join(path, "lib"));
      here.git("-C", join(path, "lib"), "init", "--quiet");
      here.write("lib/x", "x\n", path);
    });
    const { exitCode, stdout, stderr } = await world.ao(["session", "kill", id, "--purge"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: "" });
    expect(stderr).toContain("repository lib inside");
    expect(existsSync(join(worktree, "lib/x"))).toBe(true);
    expect(getSession(engine.store, id).purgedAt).toBeNull();
    expect(() => removeSession(engine, id)).toThrow(`session ${id} still has its worktree`);
    rmSync(join(worktree, "lib"), { recursive: true });
    await world.must("session", "cleanup", id, "--purge");
    expect(findOrphans(world)).toEqual([]);
    removeSession(engine, id);
    expect(findOrphans(world)).toEqual([]);
  });

  test("of a worktree deleted by hand leaves no trace but a branch with work", async () => {
    const { world, engine, id, worktree } = await ended(commit);
    rmSync(worktree, { recursive: true });
    const [result] = await cleanup(engine, { ids: [id], isPurge: true });
    expect(result?.outcome).toBe("removed");
    expect(world.git("worktree", "list")).not.toContain(worktree);
    expect(world.git("branch", "--list", "ao/*").trim()).toBe(`ao/${id}/root`);
    await restore(engine, id);
    expect(existsSync(join(worktree, "feature.txt"))).toBe(true);
    expect(findOrphans(world)).toEqual([]);
  });

  test("never deletes a folder that git does not know", async () => {
    const { world, engine, id, worktree } = await ended(commit);
    rmSync(join(world.root, ".git/worktrees"), { recursive: true });
    const [result] = await cleanup(engine, { ids: [id], isPurge: true });
    expect(result).toMatchObject({ outcome: "kept", code: "conflict" });
    expect(existsSync(join(worktree, "feature.txt"))).toBe(true);
  });

  test("runs the trusted teardown before", async () => {
    const settings = { teardown: ['echo "$AO_SESSION_ID" >"$AO_PROJECT_PATH/.git/torn"'] };
    const { world, engine, id } = await ended(() => {}, settings);
    await cleanup(engine, { ids: [id], isPurge: true });
    expect(await Bun.file(join(world.root, ".git/torn")).text()).toBe(`${id}\n`);
  });

  test("of a session that lives or does not exist is refused before anything happens", async () => {
    const { engine, id } = await ended(() => {});
    await restore(engine, id);
    const ask = (ids: string[]) => cleanup(engine, { ids, isPurge: true });
    await expect(ask([id])).rejects.toThrow(`session ${id} has not ended`);
    await expect(ask(["shop-9"])).rejects.toThrow("session shop-9 not found");
  });
});
