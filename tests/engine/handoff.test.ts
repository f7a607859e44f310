import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";

import { isLookDue } from "../../src/engine/github/observing.ts";
import { kill } from "../../src/engine/kill.ts";
import { reap } from "../../src/engine/reap.ts";
import { recoverDead } from "../../src/engine/recovery.ts";
import { restore } from "../../src/engine/restore.ts";
import { runOnce } from "../../src/engine/run-once.ts";
import { spawn } from "../../src/engine/spawn.ts";
import { isTurn } from "../../src/engine/turn.ts";
import { probeIdentity } from "../../src/process/identity.ts";
import { signalProcess } from "../../src/process/tree.ts";
import { listMessages, queueMessage } from "../../src/store/message.ts";
import { insertOperation } from "../../src/store/operation.ts";
import { getSession } from "../../src/store/session.ts";
import { addFakes, spawnFake, tookOf, wish } from "../delivery/fakes.ts";
import { type Found, processesOf } from "../support/crash.ts";
import { hasTmux, patience, World } from "../support/engine.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(600_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

type Made = Awaited<ReturnType<typeof newWorld>>;

/** Each test has one of its own: the helper of another one's command would do its work. */
async function newWorld() {
  const made = await World.withProject();
  worlds.push(made.world);
  addFakes(made.world);
  return made;
}

const sessionOf = ({ engine }: Made, id: string) => getSession(engine.store, id);
const state = ({ engine }: Made, id: string) => listMessages(engine.store, id, 1)[0]?.state;
const notices = ({ world }: Made) =>
  world
    .sql<{ type: string }>("select type from notification where resolved_at is null")
    .map(({ type }) => type);

function queue({ engine }: Made, sessionId: string, body: string): void {
  const message = { id: crypto.randomUUID(), sessionId, source: "person" as const, body };
  engine.store.write((tx) => queueMessage(tx, message));
}

/** A session with a dialog on its screen. */
async function blocked(made: Made): Promise<string> {
  const { id } = await spawnFake(made, { kind: "calm" });
  wish(made.world, id, "asked");
  await waitFor(() => sessionOf(made, id).activity === "blocked", patience);
  return id;
}

/** A session whose sender died with the text typed, and the file that keeps it from the agent. */
async function unconfirmed(made: Made): Promise<{ id: string; deaf: string }> {
  const { id } = await spawnFake(made, { kind: "calm" });
  const deaf = wish(made.world, id, "deaf");
  await made.world.ao(["send", id, "one"], { AO_FAILPOINT: "deliver.submitted.after" });
  expect(state(made, id)).toBe("submitted");
  return { id, deaf };
}

/** What a person sees who looks now and then. */
async function lookUntil(made: Made, isSo: () => boolean): Promise<void> {
  const look = async () => {
    if (!isTurn(made.world.dataDir, "last-pass", 1_000)) return false;
    await made.world.must("ls");
    return isSo();
  };
  await waitFor(() => isSo() || look(), patience);
}

describe.concurrent("a helper goes on", () => {
  test("with the others where a terminal with a dialog does not answer", async () => {
    const made = await newWorld();
    const { world } = made;
    const deaf = await blocked(made);
    const isHolder = (one: Found) => one.sessionId === deaf && one.kind === "holder";
    const holders = processesOf(world.dataDir).filter(isHolder);
    for (const holder of holders) signalProcess(holder, "SIGKILL");
    await waitFor(() => holders.every((one) => probeIdentity(one) === "dead"), patience);
    const { id } = await spawnFake(made, { kind: "plain" });
    queue(made, id, "one");
    await runOnce(made.engine);
    expect(state(made, id)).toBe("submitted");
  });

  test("with the rest where one part of its work fails, and tells of that", async () => {
    const made = await newWorld();
    const { engine, project } = made;
    const { id } = await spawnFake(made, { kind: "plain" });
    queue(made, id, "one");
    const foreign = { id: "o1", sessionId: "shop-9", projectId: project.id, step: "x", data: "{}" };
    const dead = { pid: 0, start: "dead" };
    engine.store.write((tx) => insertOperation(tx, { ...foreign, kind: "recover" }, dead));
    await expect(runOnce(engine)).rejects.toThrow("does not recover");
    expect(state(made, id)).toBe("submitted");
  });
});

test("a hook's helper without a login leaves the look at GitHub to a command's", async () => {
  const made = await newWorld();
  const { engine, world } = made;
  world.program("gh", "#!/bin/sh\nexit 1\n");
  await spawnFake(made, { kind: "plain" });
  world.sql("update project set host = 'github.com', owner = 'acme', repo = 'shop'");
  expect(isLookDue(engine)).toBe(true);
  await runOnce(engine, { isByAgent: true });
  expect(isLookDue(engine)).toBe(true);
  // A command knows all the logins that there are.
  await runOnce(engine);
  expect(isLookDue(engine)).toBe(false);
});

test("a helper forgets what is old, where nobody ever leads", async () => {
  const { engine, world } = await newWorld();
  const month = 31 * 86_400_000;
  world.sql(`update change_log set at = at - ${month}`);
  const count = () => world.sql<{ count: number }>("select count(*) as count from change_log");
  expect(count()).not.toEqual([{ count: 0 }]);
  await runOnce(engine);
  expect(count()).toEqual([{ count: 0 }]);
});

describe.concurrent("a command that looks is enough", () => {
  test("for a dialog that went away without a signal", async () => {
    const made = await newWorld();
    const id = await blocked(made);
    wish(made.world, id, "vanish");
    await lookUntil(made, () => sessionOf(made, id).activity === "idle");
    expect(notices(made)).toEqual([]);
  });

  test.if(hasTmux)("for a session that went down with its tmux", async () => {
    const made = await newWorld();
    const { engine, project } = made;
    const request = { project, prompt: "", command: "sleep 600", runtime: "tmux" as const };
    const { id } = await spawn(engine, request);
    const { server, shell, agent } = JSON.parse(sessionOf(made, id).runtimeHandle ?? "");
    for (const one of [server, shell, agent]) signalProcess(one, "SIGKILL");
    await lookUntil(made, () => sessionOf(made, id).isTerminated);
    expect(sessionOf(made, id).terminationReason).toBe("runtime_lost");
  });
});

describe.concurrent("a text that waits for its receipt", () => {
  test("is seen to when a turn ends, without any command", async () => {
    const made = await newWorld();
    const { id, deaf } = await unconfirmed(made);
    rmSync(deaf);
    wish(made.world, id, "asked");
    await waitFor(() => sessionOf(made, id).activity === "blocked", patience);
    await made.world.must("approve", id);
    await waitFor(() => state(made, id) === "acked", patience);
    expect(tookOf(made.world, id)).toEqual(["one"]);
  });

  test("has failed when its session is killed", async () => {
    const made = await newWorld();
    const { id } = await unconfirmed(made);
    await kill(made.engine, id);
    expect(state(made, id)).toBe("failed");
  });
});

test("a text that waits for a restore is delivered after it, without another command", async () => {
  const made = await newWorld();
  const { engine, world } = made;
  const { id } = await spawnFake(made, { kind: "plain" });
  queue(made, id, "one");
  for (const one of processesOf(world.dataDir)) {
    if (one.kind === "agent") signalProcess(one, "SIGKILL");
  }
  await waitFor(() => sessionOf(made, id).activity === "exited", patience);
  await restore(engine, id);
  await waitFor(() => tookOf(world, id).join() === "one", patience);
});

test("whichever command is typed starts a helper for what others left undone", async () => {
  const made = await newWorld();
  const { id } = await spawnFake(made, { kind: "plain" });
  queue(made, id, "one");
  await made.world.must("project", "ls");
  await waitFor(() => state(made, id) === "submitted", patience);
});

describe.concurrent("what is over", () => {
  test("is not asked for any more: the dialog of an agent that ended", async () => {
    const made = await newWorld();
    const id = await blocked(made);
    expect(notices(made)).toEqual(["needs_approval"]);
    wish(made.world, id, "leave");
    await waitFor(() => sessionOf(made, id).activity === "exited", patience);
    expect(notices(made)).toEqual(["agent_exited"]);
  });

  test("is no outage any more, when all that had vanished were killed", async () => {
    const made = await newWorld();
    const { engine, project, world } = made;
    const request = { project, prompt: "", command: "sleep 600" };
    const ids: string[] = [];
    for (const _each of Array(5).keys()) ids.push((await spawn(engine, request)).id);
    const found = processesOf(world.dataDir);
    // A holder that outlived its agent by a moment would record that one's end.
    for (const one of found.filter(({ kind }) => kind === "holder")) signalProcess(one, "SIGKILL");
    for (const one of found) signalProcess(one, "SIGKILL");
    await waitFor(() => found.every((one) => probeIdentity(one) === "dead"), patience);
    const look = () => reap(engine, { runtimes: ["pty"], now: Date.now() });
    await look();
    expect(notices(made)).toEqual(["runtime_unreachable"]);
    for (const id of ids) await kill(engine, id);
    await look();
    expect(notices(made)).toEqual([]);
  });
});

test("an operation that its own process could not close is finished by that process", async () => {
  const made = await newWorld();
  const { engine, world } = made;
  const { id } = await spawnFake(made, { kind: "plain" });
  const full = "begin select raise(abort, 'database or disk is full'); end";
  world.sql(`create trigger full before update of finished_at on operation ${full}`);
  await expect(kill(engine, id)).rejects.toThrow("full");
  world.sql("drop trigger full");
  expect(world.openOperations()).toHaveLength(1);
  await recoverDead(engine);
  expect(world.openOperations()).toEqual([]);
  expect(sessionOf(made, id)).toMatchObject({ isTerminated: true, terminationReason: "killed" });
});
