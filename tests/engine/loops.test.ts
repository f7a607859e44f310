import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";

import type { Engine } from "../../src/engine/engine.ts";
import { kill } from "../../src/engine/kill.ts";
import { Loops, loopsLease } from "../../src/engine/loops.ts";
import { briefPass } from "../../src/engine/pass.ts";
import { spawn } from "../../src/engine/spawn.ts";
import { findLease, isHeld } from "../../src/store/lease.ts";
import { getSession } from "../../src/store/session.ts";
import { findOrphans, processesOf } from "../support/crash.ts";
import { patience, World } from "../support/engine.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(600_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

async function newWorld() {
  const made = await World.withProject({});
  worlds.push(made.world);
  return made;
}

function leader(engine: Engine): number | undefined {
  const lease = findLease(engine.store, loopsLease);
  return isHeld(lease, Date.now()) ? lease?.ownerPid : undefined;
}

async function leads(engine: Engine, pid: number | undefined): Promise<void> {
  await waitFor(() => leader(engine) === pid, { ...patience, what: `leader ${pid}` });
}

function quiet(engine: Engine): Loops {
  return new Loops(engine, (error) => {
    throw error;
  });
}

describe.concurrent("loops", () => {
  test("of a process that is killed go on in another one", async () => {
    const { world, engine } = await newWorld();
    const first = world.start(["daemon"]);
    await leads(engine, first.child.pid);
    const second = world.start(["events", "--follow"]);
    await waitFor(() => processesOf(world.dataDir).length === 2, patience);
    first.child.kill("SIGKILL");
    await first.ended;
    await leads(engine, second.child.pid);
    second.child.kill("SIGINT");
    await second.ended;
    expect(leader(engine)).toBeUndefined();
  });

  test("of a process that was suspended change nothing when it wakes", async () => {
    const { world, engine } = await newWorld();
    const first = world.start(["daemon"]);
    await leads(engine, first.child.pid);
    first.child.kill("SIGSTOP");
    // As if its time had passed.
    world.sql("update lease set expires_at = 1 where name = 'loops'");
    const second = world.start(["events", "--follow"]);
    await leads(engine, second.child.pid);
    const { token, expiresAt } = findLease(engine.store, loopsLease) ?? {};
    first.child.kill("SIGCONT");
    // The second one renews its lease in time, and nobody took it in between.
    await waitFor(() => findLease(engine.store, loopsLease)?.expiresAt !== expiresAt, patience);
    expect(findLease(engine.store, loopsLease)).toMatchObject({
      token,
      ownerPid: second.child.pid,
    });
    expect(first.child.exitCode).toBeNull();
    for (const { child, ended } of [first, second]) {
      child.kill("SIGTERM");
      await ended;
    }
    expect(first.errors()).not.toContain("error");
  });

  test("end with a message when a newer ao has migrated the store, and agents go on", async () => {
    const { world, engine, project } = await newWorld();
    await spawn(engine, { project, prompt: "", command: "sleep 600" });
    const daemon = world.start(["daemon"]);
    await leads(engine, daemon.child.pid);
    const version = world.sql<{ user_version: number }>("pragma user_version")[0]?.user_version;
    world.sql("pragma user_version = 99");
    const { exitCode, stderr } = await daemon.ended;
    expect(exitCode).toBe(5);
    expect(stderr).toContain("another ao has migrated");
    world.sql(`pragma user_version = ${version}`);
    expect(findOrphans(world)).toEqual([]);
  });

  test("start and stop in any order, as often as one likes", async () => {
    const { engine } = await newWorld();
    const loops = quiet(engine);
    await loops.stop();
    loops.start();
    loops.start();
    await leads(engine, process.pid);
    const stopping = loops.stop();
    loops.start();
    await stopping;
    await leads(engine, process.pid);
    await Promise.all([loops.stop(), loops.stop()]);
    expect(leader(engine)).toBeUndefined();
  });

  test("stop although a terminal does not answer", async () => {
    const { engine, project } = await newWorld();
    await spawn(engine, { project, prompt: "", command: "sleep 600" });
    let isAsked = false;
    const deaf: Engine = {
      ...engine,
      runtime: async (name) => ({
        ...(await engine.runtime(name)),
        probeAll: () => {
          isAsked = true;
          return new Promise(() => {});
        },
      }),
    };
    const loops = quiet(deaf);
    loops.start();
    await waitFor(() => isAsked, patience);
    const startedAt = performance.now();
    await loops.stop();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(leader(engine)).toBeUndefined();
  });

  test("see the end of an agent whose holder could not tell", async () => {
    const { world, engine, project } = await newWorld();
    const { id } = await spawn(engine, { project, prompt: "", command: "sleep 600" });
    const loops = quiet(engine);
    loops.start();
    for (const { pid, kind } of processesOf(world.dataDir)) {
      if (kind === "holder") process.kill(pid, "SIGKILL");
    }
    await waitFor(() => getSession(engine.store, id).isTerminated, patience);
    await loops.stop();
    expect(getSession(engine.store, id).terminationReason).toBe("runtime_lost");
  });
});

describe.concurrent("daemon", () => {
  test("is one, ends soon on SIGTERM, and ends no agent", async () => {
    const { world, engine, project } = await newWorld();
    await spawn(engine, { project, prompt: "", command: "sleep 600" });
    const daemon = world.start(["daemon"]);
    await leads(engine, daemon.child.pid);
    const other = await world.ao(["daemon"]);
    expect(other).toMatchObject({ exitCode: 4, stdout: "" });
    expect(other.stderr).toContain(`a daemon runs already, as process ${daemon.child.pid}`);
    const startedAt = performance.now();
    daemon.child.kill("SIGTERM");
    await daemon.ended;
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(leader(engine)).toBeUndefined();
    expect(findOrphans(world)).toEqual([]);
  });
});

/** An engine that counts its looks at terminals and could start no process. */
function counting(engine: Engine): { watched: Engine; looks: () => number } {
  let looks = 0;
  const watched: Engine = {
    ...engine,
    self: ["/nonexistent/ao"],
    runtime: async (name) => {
      const runtime = await engine.runtime(name);
      const probeAll: typeof runtime.probeAll = async (targets) => {
        looks += 1;
        return await runtime.probeAll(targets);
      };
      return { ...runtime, probeAll };
    },
  };
  return { watched, looks: () => looks };
}

describe.concurrent("a short command", () => {
  test("looks once a second and starts no process when nothing is due", async () => {
    const { engine, project } = await newWorld();
    const { id } = await spawn(engine, { project, prompt: "", command: "sleep 600" });
    const { watched, looks } = counting(engine);
    await briefPass(watched);
    await briefPass(watched);
    expect(looks()).toBe(1);
    const again = async () => {
      await briefPass(watched);
      return looks() === 2;
    };
    await waitFor(again, patience);
    await kill(engine, id);
    await briefPass(watched);
    expect(looks()).toBe(2);
  });

  test("does no pass of its own while another process holds the loops", async () => {
    const { engine, project } = await newWorld();
    await spawn(engine, { project, prompt: "", command: "sleep 600" });
    const { watched, looks } = counting(engine);
    const loops = quiet(engine);
    loops.start();
    await leads(engine, process.pid);
    await briefPass(watched);
    expect(looks()).toBe(0);
    await loops.stop();
    await briefPass(watched);
    expect(looks()).toBe(1);
  });
});
