import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { MessageState } from "../../src/domain/message.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { kill } from "../../src/engine/kill.ts";
import { Loops } from "../../src/engine/loops.ts";
import { restore } from "../../src/engine/restore.ts";
import { runOnce } from "../../src/engine/run-once.ts";
import { send } from "../../src/engine/send.ts";
import { spawn } from "../../src/engine/spawn.ts";
import { signalProcess } from "../../src/process/tree.ts";
import { getSession } from "../../src/store/session.ts";
import { processesOf } from "../support/crash.ts";
import { patience, runtimes, World } from "../support/engine.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(600_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

const composer = join(import.meta.dir, "../fixtures/bin/composer.ts");

/** A session whose agent has a composer and writes down what was submitted. */
async function talking(request: Partial<Parameters<typeof spawn>[1]> = {}, prelude = "") {
  const { world, engine, project } = await World.withProject({});
  worlds.push(world);
  const file = join(world.folder, "typed");
  const exec = `exec '${process.execPath}' '${composer}' '${file}' bracketed`;
  world.program("agent", `#!/bin/sh\n${prelude}\n${exec}\n`);
  const { id } = await spawn(engine, { project, prompt: "", command: "agent", ...request });
  const typed = (): string[] => {
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line).text);
  };
  return { world, engine, project, id, typed };
}

function tell(engine: Engine, sessionId: string, text: string, timeoutMs = 30_000, key?: string) {
  const dedupeKey = key === undefined ? {} : { dedupeKey: key };
  return send(engine, { sessionId, text, source: "person", timeoutMs, ...dedupeKey });
}

/** Waits until a line is on the screen of a session. */
async function shows(engine: Engine, id: string, line: string) {
  const handle = JSON.parse(getSession(engine.store, id).runtimeHandle ?? "");
  const runtime = await engine.runtime("pty");
  await waitFor(async () => (await runtime.screen(handle)).lines.includes(line), patience);
  return { handle, runtime };
}

/** Types as an attached person, and waits until the terminal knows of it. */
async function draft(engine: Engine, id: string, text: string) {
  const { handle, runtime } = await shows(engine, id, "ready");
  const attachment = await runtime.attach(handle, { columns: 80, rows: 24 });
  attachment.write(Buffer.from(text));
  await waitFor(async () => (await runtime.screen(handle)).hasTypedDraft, patience);
  return attachment;
}

function states(world: World): MessageState[] {
  const rows = world.sql<{ state: MessageState }>("select state from message order by position");
  return rows.map(({ state }) => state);
}

/** Lets the helper of short commands look again and again until something was typed. */
async function deliverTo(engine: Engine, typed: () => string[]): Promise<void> {
  const look = async () => {
    await runOnce(engine);
    return typed().length > 0;
  };
  await waitFor(look, patience);
}

async function delivered(world: World, typed: () => string[], wanted: string[]): Promise<void> {
  await waitFor(
    () => typed().length >= wanted.length && !states(world).includes("delivering"),
    patience,
  );
  expect(typed()).toEqual(wanted);
  expect(states(world).every((state) => state === "submitted")).toBe(true);
}

describe.concurrent("send", () => {
  test.each([...runtimes])("on %s types texts of any kind once and in order", async (runtime) => {
    const { world, engine, id, typed } = await talking({ runtime });
    const large = "0123456789abcde\n".repeat(65_536).slice(0, 1024 * 1024 - 1);
    const texts = ["one", "two\nlines\twith a tab", large, "bell\u0007 and \u001b[201~end", "last"];
    for (const text of texts) {
      const result = await tell(engine, id, text, 60_000);
      expect(result.reason).toBeUndefined();
    }
    const wanted = texts.with(3, "bell and [201~end");
    await waitFor(() => typed().length === texts.length, patience);
    expect(typed().map((text) => text.length)).toEqual(wanted.map((text) => text.length));
    expect(typed()).toEqual(wanted);
    expect(states(world)).toEqual(texts.map(() => "submitted" as const));
  });

  test("with a key that was used before does nothing", async () => {
    const { world, engine, id, typed } = await talking();
    const first = await tell(engine, id, "only once", 30_000, "k");
    const second = await tell(engine, id, "only once", 30_000, "k");
    expect(second.message.id).toBe(first.message.id);
    await delivered(world, typed, ["only once"]);
  });

  test.each([...runtimes])(
    "by many processes on %s types each text once, in order",
    async (name) => {
      const { world, id, typed } = await talking({ runtime: name });
      const texts = ["a", "b", "c", "d", "e"].map((letter) => `text ${letter}`);
      const ran = await Promise.all(texts.map((text) => world.ao(["send", id, text])));
      expect(ran.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(
        texts.map(() => [0, ""]),
      );
      const rows = world.sql<{ body: string }>("select body from message order by position");
      await delivered(
        world,
        typed,
        rows.map(({ body }) => body),
      );
      expect(typed().toSorted()).toEqual(texts);
    },
  );

  test("waits while the terminal is writing", async () => {
    const noise = join(import.meta.dir, "../fixtures/bin/noisy.ts");
    const busy = `'${process.execPath}' '${noise}' "$AO_DATA_DIR/quiet"`;
    const { world, engine, id, typed } = await talking({}, busy);
    await shows(engine, id, "noise");
    const result = await tell(engine, id, "hello", 0);
    expect(result).toMatchObject({ isReached: false, reason: "its terminal is still writing" });
    expect(result.message.state).toBe("queued");
    expect(typed()).toEqual([]);
    world.write("quiet", "", world.dataDir);
    // It has stayed queued, and whoever comes next delivers it.
    await deliverTo(engine, typed);
    await delivered(world, typed, ["hello"]);
  });

  test("waits while a person has a draft in the composer", async () => {
    const { world, engine, id, typed } = await talking();
    const attachment = await draft(engine, id, "half a thou");
    const { reason } = await tell(engine, id, "mine", 800, "k");
    expect(reason).toBe("somebody is typing in its terminal");
    expect(typed()).toEqual([]);
    attachment.write(Buffer.from("ght\r"));
    attachment.close();
    await tell(engine, id, "mine", 30_000, "k");
    await delivered(world, typed, ["half a thought", "mine"]);
  });

  test("types nothing into a dialog", async () => {
    const { world, engine, project } = await World.withProject({});
    worlds.push(world);
    const file = join(world.folder, "keys");
    const question = "Is this a project you created or one you trust?";
    const dialog = `${question}\\n❯ 1. Yes, I trust this folder\\n  2. No, exit`;
    world.program("claude", `#!/bin/sh\nprintf '${dialog}'\nexec cat >'${file}'\n`);
    const { id } = await spawn(engine, { project, prompt: "", agent: "claude-code" });
    const { exitCode, stdout, stderr } = await world.ao([
      ...["send", id, "yes", "--wait", "submitted", "--timeout", "2s"],
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: "" });
    expect(stderr).toContain("a dialog (trust) is on its screen");
    expect(stderr).toContain("❯ 1. Yes, I trust");
    expect(states(world)).toEqual(["queued"]);
    expect(readFileSync(file, "utf8")).toBe("");
  });

  test("to an agent that has ended or vanished is refused before anything is queued", async () => {
    const { world, engine, project } = await World.withProject({});
    worlds.push(world);
    const request = { project, prompt: "", command: "sleep 600" };
    const [ended, vanished] = [await spawn(engine, request), await spawn(engine, request)];
    for (const one of processesOf(world.dataDir)) {
      const isTarget = one.sessionId === ended.id ? one.kind === "agent" : one.kind === "holder";
      if (isTarget) signalProcess(one, "SIGKILL");
    }
    await waitFor(() => processesOf(world.dataDir).length === 0, patience);
    // In this order, since the first command that looks finds out what has become of both.
    for (const { id } of [vanished, ended]) {
      const { exitCode, stderr } = await world.ao(["send", id, "hello"]);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 4,
        stderr: `error: session ${id} has no running agent\nhint: ao session restore ${id}\n`,
      });
    }
    expect(states(world)).toEqual([]);
  });

  test("to an agent that ends meanwhile says so soon, and goes on after its restore", async () => {
    const { world, engine, id, typed } = await talking();
    await draft(engine, id, "half");
    const sending = tell(engine, id, "hello", 60_000);
    await waitFor(() => states(world).length === 1, patience);
    for (const one of processesOf(world.dataDir)) {
      if (one.kind === "agent") signalProcess(one, "SIGKILL");
    }
    const result = await sending;
    expect(result).toMatchObject({ isReached: false, message: { state: "queued" } });
    expect(result.reason).toBe("its agent has ended");
    await restore(engine, id);
    await deliverTo(engine, typed);
    await delivered(world, typed, ["hello"]);
  });

  test("to a session that is killed meanwhile expires", async () => {
    const { world, engine, id } = await talking();
    await draft(engine, id, "half");
    const sending = world.ao(["send", id, "hello"]);
    await waitFor(() => states(world).length === 1, patience);
    await kill(engine, id);
    const { exitCode, stderr } = await sending;
    expect(exitCode).toBe(1);
    expect(stderr).toContain("was not delivered (expired): the session was killed");
    expect(states(world)).toEqual(["expired"]);
  });

  test("waits only as far as it is asked to", async () => {
    const { world, id, typed } = await talking();
    const refused = await world.ao(["send", id, "x", "--wait", "acked"]);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toContain("agent command gives no receipts");
    world.write("ignored/big", "x".repeat(1024 * 1024 + 1));
    const tooLarge = await world.ao(["send", id, "--file", "ignored/big"]);
    expect(tooLarge.exitCode).toBe(2);
    expect((await world.ao(["send", id, " \n"])).exitCode).toBe(2);
    expect(states(world)).toEqual([]);
    expect(await world.must("send", id, "later", "--wait", "queued")).toStartWith("queued ");
    await delivered(world, typed, ["later"]);
  });

  test("whose time is over is delivered by the loops", async () => {
    const { world, engine, id, typed } = await talking(
      {},
      "for i in 1 2 3; do echo; sleep 0.4; done",
    );
    await tell(engine, id, "hello", 0);
    const loops = new Loops(engine, (error) => {
      throw error;
    });
    loops.start();
    try {
      await waitFor(() => typed().length > 0, patience);
    } finally {
      await loops.stop();
    }
    await delivered(world, typed, ["hello"]);
  });
});
