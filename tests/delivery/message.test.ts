import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { isTurn } from "../../src/engine/turn.ts";
import { listMessages, queueMessage } from "../../src/store/message.ts";
import { getSession } from "../../src/store/session.ts";
import { self, World } from "../support/engine.ts";
import { Terminal } from "../support/terminal.ts";
import { waitFor } from "../support/wait.ts";
import { addFakes, harmOf, type Kind, spawnFake, tookOf, wish } from "./fakes.ts";

setDefaultTimeout(120_000);

const { world, engine, project } = await World.withProject();
addFakes(world);
afterAll(() => world.close());

async function start(kind: Kind = "calm"): Promise<string> {
  return (await spawnFake({ world, engine, project }, { kind })).id;
}

const send = (id: string, text: string, ...words: string[]) =>
  world.ao(["send", id, text, ...words]);

const states = (id: string) =>
  listMessages(engine.store, id, 10)
    .reverse()
    .map(({ state }) => state);

const ended = (id: string, wanted: string[], withinMs = 30_000) =>
  waitFor(() => states(id).join() === wanted.join(), { withinMs, what: wanted.join() });

const attach = (id: string) =>
  new Terminal([...self, "attach", id], { cwd: world.root, env: world.env });

const activity = (id: string) => getSession(engine.store, id).activity;

describe.concurrent("ao send", () => {
  test.each([
    ["20 KB over many lines", `start\n${"a line of some words\n".repeat(1_000)}end`],
    [
      "what a shell or a terminal would act on",
      "a $(id) `id` \\ '\" !! \x1b[201~\x03\x04\x1a ^C;\t.",
    ],
    ["what looks like a dialog", "Do you want to go?\n ❯ 1. Yes\n   2. No\n\n Esc to cancel"],
  ])("of %s ends confirmed, and the agent has it once", async (_what, text) => {
    const id = await start("echo");
    expect(await send(id, text)).toMatchObject({ exitCode: 0, signal: null });
    const clean = text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
    expect(tookOf(world, id)).toEqual([clean]);
    expect(states(id)).toEqual(["acked"]);
  });

  test("of a text that no receipt could carry is refused", async () => {
    const id = await start();
    const path = join(world.folder, "long.txt");
    writeFileSync(path, '"'.repeat(500_000));
    expect(await world.ao(["send", id, "--file", path])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("500000 bytes, too long for claude-code to confirm"),
    });
    expect(states(id)).toEqual([]);
  });

  test("goes as far as `--wait` asks", async () => {
    const id = await start();
    const queued = await send(id, "one", "--wait", "queued");
    expect(queued).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^queued /) });
    // Nobody waits for it, and it is delivered all the same.
    await ended(id, ["acked"]);
    const submitted = await send(id, "two", "--wait", "submitted");
    expect(submitted.stdout).toMatch(/^(submitted|acked) /);
    expect((await send(id, "three")).stdout).toMatch(/^acked /);
    const { id: plain } = await spawnFake({ world, engine, project }, { kind: "plain" });
    expect((await send(plain, "one")).stdout).toMatch(/^submitted /);
    expect(await send(plain, "two", "--wait", "acked")).toMatchObject({ exitCode: 2 });
    expect(tookOf(world, plain)).toEqual(["one"]);
  });

  test("to an agent that takes no Enter tells so in time, and holds the next text", async () => {
    const id = await start();
    const deaf = wish(world, id, "deaf");
    const hurried = await send(id, "one", "--timeout", "2s");
    expect(hurried.exitCode).toBe(6);
    expect(hurried.stderr).toContain("[3 characters]");
    await ended(id, ["failed"]);
    const held = await send(id, "two", "--timeout", "1s");
    expect(held.exitCode).toBe(6);
    expect(held.stderr).toContain("may still stand in its composer");
    // A person takes care of it.
    rmSync(deaf);
    await using terminal = attach(id);
    await terminal.shows("for shortcuts");
    terminal.type("\r");
    await ended(id, ["acked", "acked"]);
    expect(tookOf(world, id)).toEqual(["one", "two"]);
  });

  test("to an agent that ends before its receipt says that it failed", async () => {
    const id = await start();
    wish(world, id, "deaf");
    const { ended: over } = world.start(["send", id, "one"]);
    await waitFor(() => states(id)[0] === "submitted", { withinMs: 30_000 });
    wish(world, id, "leave");
    expect(await over).toMatchObject({ exitCode: 1 });
    expect(states(id)).toEqual(["failed"]);
  });

  test("waits while a person types, and does not send their words", async () => {
    const id = await start();
    await using terminal = attach(id);
    await terminal.shows("for shortcuts");
    terminal.type("draft of a person");
    await terminal.shows("17 characters");
    const busy = await send(id, "one", "--timeout", "2s");
    expect(busy).toMatchObject({ exitCode: 6 });
    // The helper of an earlier command may be the one that looks at the terminal.
    expect(busy.stderr).toMatch(/somebody is typing|another process is delivering/);
    terminal.type("\r");
    expect(await send(id, "two")).toMatchObject({ exitCode: 0 });
    expect(tookOf(world, id)).toEqual(["draft of a person", "one", "two"]);
  });

  test("to an agent with a dialog arrives once it is answered", async () => {
    const id = await start();
    wish(world, id, "asked");
    await waitFor(() => activity(id) === "blocked", { withinMs: 30_000 });
    const { ended: sent } = world.start(["send", id, "one", "--timeout", "60s"]);
    await waitFor(() => states(id).length === 1, { withinMs: 30_000 });
    expect(await world.ao(["approve", id])).toMatchObject({ exitCode: 0 });
    expect(await sent).toMatchObject({ exitCode: 0 });
    expect(harmOf(world, id)).toEqual([]);
    expect(tookOf(world, id)).toEqual(["one"]);
  });
});

test("a sender that dies while it waits for the receipt leaves nothing open", async () => {
  // Alone, as any helper of another command would deliver the text in its place.
  const alone = await World.withProject();
  try {
    addFakes(alone.world);
    const { id } = await spawnFake(alone, { kind: "calm" });
    const fate = { AO_FAILPOINT: "deliver.submitted.after" };
    const deaf = wish(alone.world, id, "deaf");
    const dying = await alone.world.ao(["send", id, "one"], fate);
    expect(dying).toMatchObject({ signal: "SIGKILL" });
    const state = () => listMessages(alone.engine.store, id, 1)[0]?.state;
    expect(state()).toBe("submitted");
    rmSync(deaf);
    // Any command that looks is enough: Enter is pressed again, and the hook confirms it.
    await waitFor(() => isTurn(alone.world.dataDir, "last-pass", 1_000), { withinMs: 30_000 });
    await alone.world.must("ls");
    await waitFor(() => state() === "acked", { withinMs: 30_000, what: "its receipt" });
    expect(tookOf(alone.world, id)).toEqual(["one"]);
  } finally {
    await alone.world.close();
  }
});

test("a message that is queued twice under one key is delivered once", async () => {
  const id = await start();
  const again = () =>
    engine.store.write((tx) =>
      queueMessage(tx, {
        id: crypto.randomUUID(),
        sessionId: id,
        source: "feedback",
        dedupeKey: "k",
        body: "one",
      }),
    );
  expect(again()).toBe(again());
  await Promise.all([send(id, "one", "--key", "k"), send(id, "one", "--key", "k")]);
  expect(tookOf(world, id)).toEqual(["one"]);
});
