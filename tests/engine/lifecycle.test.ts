import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { Observation } from "../../src/domain/probe.ts";
import type { Engine, EngineOptions } from "../../src/engine/engine.ts";
import { kill } from "../../src/engine/kill.ts";
import { reap } from "../../src/engine/reap.ts";
import { spawn } from "../../src/engine/spawn.ts";
import { probeIdentity } from "../../src/process/identity.ts";
import { signalProcess } from "../../src/process/tree.ts";
import type { RuntimeProbe } from "../../src/runtime/port.ts";
import { listEvidence } from "../../src/store/evidence.ts";
import type { Project } from "../../src/store/project.ts";
import { getSession, patchSession, setTitle } from "../../src/store/session.ts";
import { processesOf } from "../support/crash.ts";
import { patience, runtimes, World } from "../support/engine.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(600_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

async function newWorld(options: Partial<EngineOptions> & { clock?: () => number } = {}) {
  const made = await World.withProject(options);
  worlds.push(made.world);
  return made;
}

async function start(engine: Engine, project: Project, command = "sleep 600") {
  return await spawn(engine, { project, prompt: "", command });
}

async function look(engine: Engine, now = Date.now()): Promise<void> {
  await reap(engine, { runtimes: ["pty", "tmux"], now });
}

/** The same engine, whose terminals look like this. */
function seeing(engine: Engine, seen: Observation): Engine {
  const probe: RuntimeProbe = { runtime: seen.runtime, agent: seen.agent, detail: seen.detail };
  return {
    ...engine,
    runtime: async (name) => ({
      ...(await engine.runtime(name)),
      probeAll: async (targets) => new Map(targets.map(({ sessionId }) => [sessionId, probe])),
    }),
  };
}

function end(world: World, kind: "agent" | "holder", sessionId: string): void {
  for (const one of processesOf(world.dataDir)) {
    if (one.kind === kind && one.sessionId === sessionId) signalProcess(one, "SIGKILL");
  }
}

/** Ends a holder, and its agent with it. */
async function endHolder(world: World, sessionId: string): Promise<void> {
  const both = processesOf(world.dataDir).filter((one) => one.sessionId === sessionId);
  end(world, "holder", sessionId);
  // For a moment of its end a process has no environment any more that it could be found by.
  await waitFor(() => both.every((one) => probeIdentity(one) === "dead"), patience);
}

function openNotifications(world: World): string[] {
  const where = "where resolved_at is null order by created_at, type";
  const rows = world.sql<{ type: string }>(`select type from notification ${where}`);
  return rows.map(({ type }) => type);
}

describe.concurrent("reap", () => {
  test.each([...runtimes])("of a living %s session writes nothing", async (runtime) => {
    const { world, engine, project } = await newWorld();
    await spawn(engine, { project, prompt: "", command: "sleep 600", runtime });
    const watcher = world.engine();
    const before = watcher.store.dataVersion();
    await look(engine);
    expect(watcher.store.dataVersion()).toBe(before);
  });

  test.each([
    { how: "exit 0", exitCode: 0, exitSignal: null },
    { how: "exit 3", exitCode: 3, exitSignal: null },
    { how: "kill -9 $$", exitCode: null, exitSignal: "SIGKILL" },
  ])("adopts an end by `$how` that the store could not take", async (given) => {
    const { world, engine, project } = await newWorld();
    const wait = 'while [ ! -e "$AO_DATA_DIR/end" ]; do sleep 0.05; done';
    world.program("agent", `#!/bin/sh\n${wait}\n${given.how}\n`);
    const { id } = await start(engine, project, "agent");
    // As if a newer program had migrated the store: the holder cannot write then.
    const version = world.sql<{ user_version: number }>("pragma user_version")[0]?.user_version;
    world.sql("pragma user_version = 99");
    world.write("end", "", world.dataDir);
    const record = join(world.dataDir, "sessions", id, "exit.json");
    await waitFor(() => existsSync(record) && processesOf(world.dataDir).length === 0, patience);
    world.sql(`pragma user_version = ${version}`);
    expect(getSession(engine.store, id).activity).not.toBe("exited");
    await look(engine);
    const { exitCode, exitSignal } = given;
    const ended = { activity: "exited", isTerminated: false, exitCode, exitSignal };
    expect(getSession(engine.store, id)).toMatchObject(ended);
    expect(openNotifications(world)).toEqual(["agent_exited"]);
    await look(engine);
    expect(openNotifications(world)).toEqual(["agent_exited"]);
  });

  test("of a session whose holder was killed calls it lost", async () => {
    const { world, engine, project } = await newWorld();
    const { id } = await start(engine, project);
    await endHolder(world, id);
    await look(engine);
    const row = getSession(engine.store, id);
    expect(row).toMatchObject({ isTerminated: true, terminationReason: "runtime_lost" });
    expect(listEvidence(engine.store, id)[0]?.detail).toContain("no record of its end");
  });

  test("of such a session that has just reported something waits", async () => {
    const { world, engine, project } = await newWorld();
    const session = await start(engine, project);
    const now = Date.now();
    engine.store.write((tx) => patchSession(tx, session, { lastSignalAt: now }));
    await endHolder(world, session.id);
    await look(engine, now + 1_000);
    const row = getSession(engine.store, session.id);
    expect(row).toMatchObject({ isTerminated: false, detectingAttempts: 1 });
    await look(engine, now + 61_000);
    expect(getSession(engine.store, session.id).terminationReason).toBe("runtime_lost");
  });

  test("of an end whose record cannot be read neither ends nor forgets the session", async () => {
    const { world, engine, project } = await newWorld();
    const { id } = await start(engine, project);
    const record = join(world.dataDir, "sessions", id, "exit.json");
    mkdirSync(record);
    await endHolder(world, id);
    await look(engine);
    expect(getSession(engine.store, id)).toMatchObject({
      isTerminated: false,
      detectingAttempts: 1,
    });
    expect(listEvidence(engine.store, id)[0]?.detail).toContain("agent failed");
    rmSync(record, { recursive: true });
    await look(engine);
    expect(getSession(engine.store, id).terminationReason).toBe("runtime_lost");
  });

  test.each(["failed", "unknown"] as const)(
    "of a %s probe remembers across engines, is stuck once, and is over after two healthy ones",
    async (runtime) => {
      const { world, engine, project } = await newWorld();
      const { id } = await start(engine, project);
      const now = Date.now();
      const at = (time: string) => `no answer at ${time}`;
      const seen = (time: string) => ({ runtime, agent: "unknown", detail: at(time) }) as const;
      await look(seeing(engine, seen("12:00:01")), now);
      const first = getSession(engine.store, id);
      expect(first).toMatchObject({ detectingAttempts: 1, detectingStartedAt: now, stuckAt: null });
      engine.store.close();

      const fresh = world.engine();
      await look(seeing(fresh, seen("12:00:03")), now + 2_000);
      const { detectingEvidenceHash, detectingStartedAt } = first;
      const same = { detectingAttempts: 2, detectingEvidenceHash, detectingStartedAt };
      expect(getSession(fresh.store, id)).toMatchObject(same);
      await look(seeing(fresh, seen("12:00:05")), now + 4_000);
      await look(seeing(fresh, seen("12:00:07")), now + 6_000);
      expect(getSession(fresh.store, id).stuckAt).toBe(now + 4_000);
      expect(openNotifications(world)).toEqual(["stuck"]);

      await look(fresh, now + 8_000);
      expect(getSession(fresh.store, id)).toMatchObject({ healthyProbes: 1, stuckAt: now + 4_000 });
      await look(fresh, now + 10_000);
      const over = { detectingAttempts: 0, detectingStartedAt: null, stuckAt: null };
      expect(getSession(fresh.store, id)).toMatchObject(over);
      expect(openNotifications(world)).toEqual([]);
      expect(world.sql("select id from notification")).toHaveLength(1);
    },
  );

  test("of many deaths at once takes them for an outage until its deadline", async () => {
    let now = Date.now();
    const { world, engine, project } = await newWorld({ clock: () => now });
    const sessions = await Promise.all(Array.from({ length: 6 }, () => start(engine, project)));
    const [survivor, ...others] = sessions.map(({ id }) => id);
    await Promise.all(others.map((id) => endHolder(world, id)));
    const dead = () => others.filter((id) => getSession(engine.store, id).isTerminated).length;
    await look(engine, now);
    await look(engine, (now += 60_000));
    // A look at the other runtime knows nothing of this one.
    await reap(engine, { runtimes: ["tmux"], now });
    expect(dead()).toBe(0);
    expect(openNotifications(world)).toEqual(["runtime_unreachable"]);
    expect(world.sql("select id from notification")).toHaveLength(1);
    await look(engine, (now += 5 * 60_000));
    expect(dead()).toBe(5);
    expect(openNotifications(world)).toEqual([]);
    expect(getSession(engine.store, survivor ?? "").isTerminated).toBe(false);
  });

  test("never brings a session back that has ended", async () => {
    const { world, engine, project } = await newWorld();
    const { id } = await start(engine, project);
    await kill(engine, id);
    const before = getSession(engine.store, id);
    const alive = { runtime: "alive", agent: "alive", detail: "it lives" } as const;
    await look(seeing(engine, alive));
    expect(getSession(engine.store, id)).toEqual(before);
    expect(processesOf(world.dataDir)).toEqual([]);
  });

  test.each([
    { runtime: "alive", agent: "failed", verdict: "detecting" },
    { runtime: "alive", agent: "unknown", verdict: undefined },
    { runtime: "failed", agent: "unknown", verdict: "detecting" },
    { runtime: "unknown", agent: "unknown", verdict: "detecting" },
    { runtime: "dead", agent: "alive", verdict: "detecting" },
    { runtime: "dead", agent: "dead", verdict: "lost" },
  ] as const)("tells $runtime/$agent as it was seen", async ({ runtime, agent, verdict }) => {
    const { engine, project } = await newWorld();
    const { id } = await start(engine, project);
    await look(seeing(engine, { runtime, agent, detail: "as scripted" }));
    const found = listEvidence(engine.store, id).find(({ source }) => source === "process");
    const detail = `runtime ${runtime}, agent ${agent}: as scripted`;
    expect(found?.verdict).toBe(verdict);
    expect(found?.detail).toBe(verdict && detail);
  });
});

test("an update of nothing is an error that names what is missing", async () => {
  const { engine } = await newWorld();
  const rename = () => engine.store.write((tx) => setTitle(tx, "shop-9", "x"));
  expect(rename).toThrow("session shop-9 not found");
  await expect(kill(engine, "shop-9")).rejects.toThrow("session shop-9 not found");
});
