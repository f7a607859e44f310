import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import type { Session } from "../../src/domain/session.ts";
import { cleanup } from "../../src/engine/cleanup.ts";
import { kill } from "../../src/engine/kill.ts";
import { restoreAll } from "../../src/engine/restore-all.ts";
import { restore } from "../../src/engine/restore.ts";
import { applyHook } from "../../src/engine/signal.ts";
import { spawn } from "../../src/engine/spawn.ts";
import { signalProcess } from "../../src/process/tree.ts";
import type { RuntimeHandle } from "../../src/runtime/port.ts";
import { getSession } from "../../src/store/session.ts";
import { findOrphans, processesOf } from "../support/crash.ts";
import { patience, World } from "../support/engine.ts";
import { installFakeAgents } from "../support/fake-agents.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(600_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

async function newWorld() {
  const made = await World.withProject();
  worlds.push(made.world);
  return made;
}

function ptyOf({ runtimeHandle }: Session): Extract<RuntimeHandle, { kind: "pty" }> {
  const handle: RuntimeHandle = JSON.parse(runtimeHandle ?? "{}");
  if (handle.kind !== "pty") throw new Error(`${runtimeHandle} is no holder`);
  return handle;
}

/** What must survive: all but what a launch is and when things happened. */
function metadata(session: Session): Partial<Session> {
  const { id, title, agent, model, mode, issue, command, branch, baseRef, baseSha } = session;
  const { worktreePath, agentSessionId, number, kind, createdAt, terminateOnMerge } = session;
  return {
    ...{ id, title, agent, model, mode, issue, command, branch, baseRef, baseSha },
    ...{ worktreePath, agentSessionId, number, kind, createdAt, terminateOnMerge },
  };
}

describe.concurrent("restore", () => {
  test("by a fresh engine on a reopened store keeps every fact and the worktree", async () => {
    const { world, engine, project } = await newWorld();
    world.program("claude", '#!/bin/sh\necho "$1 $2" >>args\nexec sleep 600\n');
    const request = { project, prompt: "do it", agent: "claude-code", model: "opus", issue: "7" };
    const before = await spawn(engine, { ...request, title: "a title" });
    expect(before.agentSessionId).toMatch(/^[0-9a-f-]{36}$/);
    const path = (name: string) => join(before.worktreePath, name);
    world.write("ignored/deps.txt", "installed\n", before.worktreePath);
    world.write("new.txt", "untracked\n", before.worktreePath);
    const inode = statSync(path("readme.txt")).ino;
    await kill(engine, before.id);
    engine.store.close();

    const fresh = world.engine();
    const { session, conversation } = await restore(fresh, before.id);
    expect(conversation).toBe("native");
    expect(metadata(session)).toEqual(metadata(before));
    expect(session).toMatchObject({ isTerminated: false, terminationReason: null });
    expect(session.launchId).not.toBe(before.launchId);
    expect(statSync(path("readme.txt")).ino).toBe(inode);
    expect(readFileSync(path("ignored/deps.txt"), "utf8")).toBe("installed\n");
    const told = await waitFor(() => readFileSync(path("args"), "utf8").split("\n")[1], patience);
    expect(told).toContain(`--resume ${before.agentSessionId}`);
    expect(findOrphans(world)).toEqual([]);
  });

  test("of a conversation that never had a turn begins one, then resumes that", async () => {
    const { world, engine, project } = await newWorld();
    // It ends at once when it is told to resume what it does not know, as the real one does.
    installFakeAgents(world.bin, ["claude"]);
    const { id, agentSessionId } = await spawn(engine, {
      project,
      prompt: "",
      agent: "claude-code",
    });
    const read = () => getSession(engine.store, id);
    await waitFor(() => read().firstSignalAt !== null, patience);
    await kill(engine, id);
    const first = await restore(engine, id);
    expect(first.conversation).toBe("fresh");
    expect(first.session.agentSessionId).not.toBe(agentSessionId);
    await waitFor(() => read().firstSignalAt !== null, patience);
    const conversation = first.session.agentSessionId ?? "";
    // A turn, as the agent itself would keep and tell it.
    world.write(`.fake-agents/${conversation}`, "hello\n", world.env["HOME"]);
    const event = { meaning: { kind: "prompted", prompt: "hello" } as const };
    applyHook(engine.store, id, read().launchId ?? "", event);
    await kill(engine, id);
    const second = await restore(engine, id);
    expect(second.conversation).toBe("native");
    expect(second.session.agentSessionId).toBe(conversation);
    await waitFor(async () => (await world.must("screen", id)).includes("hello"), patience);
  });

  test("of a purged session brings staged, changed and untracked work back", async () => {
    const { world, engine, project } = await newWorld();
    const { id, worktreePath } = await spawn(engine, { project, prompt: "", command: "sleep 600" });
    world.write("staged.txt", "staged\n", worktreePath);
    world.git("-C", worktreePath, "add", "staged.txt");
    world.write("readme.txt", "changed\n", worktreePath);
    world.write("new.txt", "untracked\n", worktreePath);
    const status = () => world.git("-C", worktreePath, "status", "--porcelain");
    const before = status();
    await kill(engine, id);
    await cleanup(engine, { ids: [id], isPurge: true });
    expect(existsSync(worktreePath)).toBe(false);
    await restore(engine, id);
    expect(status()).toBe(before);
    expect(before).toBe(" M readme.txt\nA  staged.txt\n?? new.txt");
    expect(readFileSync(join(worktreePath, "readme.txt"), "utf8")).toBe("changed\n");
    expect(findOrphans(world)).toEqual([]);
  });

  test.each([
    { what: "without any work", branch: undefined, hasWork: false },
    { what: "on a branch of the person's naming", branch: "topic/x", hasWork: true },
    { what: "on such a branch without any work", branch: "topic/y", hasWork: false },
  ])("of a purged session $what stands where it was", async ({ branch, hasWork }) => {
    const { world, engine, project } = await newWorld();
    const request = { project, prompt: "", command: "sleep 600", branch };
    const { id, worktreePath } = await spawn(engine, request);
    if (hasWork) world.write("new.txt", "untracked\n", worktreePath);
    await kill(engine, id);
    await cleanup(engine, { ids: [id], isPurge: true });
    const { session } = await restore(engine, id);
    expect(world.git("-C", worktreePath, "branch", "--show-current")).toBe(session.branch);
    expect(existsSync(join(worktreePath, "new.txt"))).toBe(hasWork);
    expect(session.purgedAt).toBeNull();
  });

  test("of a purged session does not bring back what a later kill no longer had", async () => {
    const { world, engine, project } = await newWorld();
    const { id, worktreePath } = await spawn(engine, { project, prompt: "", command: "sleep 600" });
    world.write("new.txt", "untracked\n", worktreePath);
    await kill(engine, id);
    await restore(engine, id);
    rmSync(join(worktreePath, "new.txt"));
    await kill(engine, id);
    await cleanup(engine, { ids: [id], isPurge: true });
    expect(getSession(engine.store, id).escrowRef).toBeNull();
    await restore(engine, id);
    expect(existsSync(join(worktreePath, "new.txt"))).toBe(false);
  });

  test("of a session whose worktree was deleted by hand checks its branch out again", async () => {
    const { world, engine, project } = await newWorld();
    const { id, worktreePath } = await spawn(engine, { project, prompt: "", command: "sleep 600" });
    world.write("new.txt", "committed\n", worktreePath);
    world.git("-C", worktreePath, "add", "new.txt");
    world.git("-C", worktreePath, "commit", "--quiet", "--message", "work");
    await kill(engine, id);
    rmSync(worktreePath, { recursive: true });
    await restore(engine, id);
    expect(readFileSync(join(worktreePath, "new.txt"), "utf8")).toBe("committed\n");
    expect(findOrphans(world)).toEqual([]);
  });

  test("whose agent ends at once leaves everything as before", async () => {
    const { world, engine, project } = await newWorld();
    world.program("agent", '#!/bin/sh\n[ -e "$AO_DATA_DIR/broken" ] && exit 3\nexec sleep 600\n');
    const { id } = await spawn(engine, { project, prompt: "", command: "agent" });
    await kill(engine, id);
    await cleanup(engine, { ids: [id], isPurge: false });
    const spec = join(world.dataDir, "sessions", id, "launch.json");
    const before = { row: getSession(engine.store, id), spec: readFileSync(spec, "utf8") };
    world.write("broken", "", world.dataDir);
    await expect(restore(engine, id)).rejects.toThrow(/exited with code 3 at once/);
    const { revision: _new, updatedAt: _now, ...row } = getSession(engine.store, id);
    const { revision: _old, updatedAt: _then, ...wanted } = before.row;
    expect(row).toEqual(wanted);
    expect(wanted.cleanupAt).toBeNumber();
    expect(readFileSync(spec, "utf8")).toBe(before.spec);
    expect(findOrphans(world)).toEqual([]);
  });

  test("of all that ran, after every process was killed, starts each once", async () => {
    const { world, engine, project } = await newWorld();
    const request = { project, prompt: "", command: "sleep 600" };
    const [first, second, killed] = [
      await spawn(engine, request),
      await spawn(engine, request),
      await spawn(engine, request),
    ];
    await kill(engine, killed.id);
    const running = processesOf(world.dataDir);
    for (const process of running) signalProcess(process, "SIGKILL");
    await waitFor(() => processesOf(world.dataDir).length === 0, patience);
    const outcomes = await restoreAll(engine);
    expect(outcomes.map(({ sessionId, error }) => [sessionId, error])).toEqual([
      [first.id, undefined],
      [second.id, undefined],
    ]);
    expect(findOrphans(world)).toEqual([]);
    expect(await restoreAll(engine)).toEqual([]);
  });

  test("of all after an orderly shutdown leaves out those who ended before", async () => {
    const { world, engine, project } = await newWorld();
    const request = { project, prompt: "", command: "sleep 600" };
    const [both, reverse, alone] = [
      await spawn(engine, request),
      await spawn(engine, request),
      await spawn(engine, request),
    ];
    world.program("quitter", "#!/bin/sh\nuntil [ -e go ]; do sleep 0.05; done\n");
    const quit = await spawn(engine, { ...request, command: "quitter" });
    const ended = (id: string) => getSession(engine.store, id).activity === "exited";
    world.write("go", "", quit.worktreePath);
    signalProcess(ptyOf(alone).agent, "SIGTERM");
    await waitFor(() => ended(alone.id) && ended(quit.id), patience);
    // An orderly shutdown sends this to all processes at once.
    for (const one of [ptyOf(both).agent, ptyOf(both).holder]) signalProcess(one, "SIGTERM");
    for (const one of [ptyOf(reverse).holder, ptyOf(reverse).agent]) signalProcess(one, "SIGTERM");
    await waitFor(() => processesOf(world.dataDir).length === 0, patience);
    expect([both, reverse].map(({ id }) => ended(id))).toEqual([true, true]);
    const outcomes = await restoreAll(engine);
    expect(outcomes.map(({ sessionId, error }) => [sessionId, error])).toEqual([
      [both.id, undefined],
      [reverse.id, undefined],
    ]);
    expect(await restoreAll(engine)).toEqual([]);
  });

  test("of a session that runs is refused", async () => {
    const { engine, project } = await newWorld();
    const { id } = await spawn(engine, { project, prompt: "", command: "sleep 600" });
    await expect(restore(engine, id)).rejects.toThrow(`session ${id} has not ended`);
    await expect(restore(engine, "shop-9")).rejects.toThrow("session shop-9 not found");
  });
});
