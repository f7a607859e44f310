import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { noSignalAfterMs } from "../../src/domain/status.ts";
import { listAgents, showAgent } from "../../src/engine/agents.ts";
import { approve } from "../../src/engine/approve.ts";
import { recheckDialogs } from "../../src/engine/dialog.ts";
import { kill } from "../../src/engine/kill.ts";
import { restore } from "../../src/engine/restore.ts";
import { runOnce } from "../../src/engine/run-once.ts";
import { watchScreens } from "../../src/engine/screen-watch.ts";
import { send } from "../../src/engine/send.ts";
import { spawn } from "../../src/engine/spawn.ts";
import { screenOf } from "../../src/engine/terminal.ts";
import { sessionView, statusOf } from "../../src/engine/view.ts";
import { explain } from "../../src/engine/why.ts";
import { findOpenNotification } from "../../src/store/notification.ts";
import { getSession } from "../../src/store/session.ts";
import { patience, World } from "../support/engine.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(600_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

/** Shows what it is at, and writes down its words and the lines that it took. */
const program = `#!/bin/sh
echo "$*" >>"$AO_DATA_DIR/words"
sleep 0.3
show() { printf '\\033[2J\\033[H%s' "$1"; }
show 'pi> '
while IFS= read -r line; do
  echo "$line" >>"$AO_DATA_DIR/taken"
  case $line in
    ask*) show 'Run rm? [y/n] '; read -r answer; echo "answer $answer" >>"$AO_DATA_DIR/taken" ;;
    work*) show 'busy, esc to stop'; read -r key; echo "key $key" >>"$AO_DATA_DIR/taken" ;;
  esac
  show 'pi> '
done
`;

const definition = `[agents.pi]
command = "pi --chat"
typePrompt = true
resume = "pi --chat --continue"
modes = { bypass = "--yolo" }

[agents.pi.patterns]
approval = '\\[y/n\\]'
working = "esc to stop"
ready = '^pi> *$'
`;

async function newWorld() {
  const made = await World.withProject();
  worlds.push(made.world);
  const { world } = made;
  world.program("pi", program);
  world.write("config.toml", definition, world.dataDir);
  const lines = (name: string) => {
    const path = join(world.dataDir, name);
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  };
  return { ...made, lines };
}

test.concurrent(
  "an agent of the person's own works as one that is built in, by its screen",
  async () => {
    const { world, engine, project, lines } = await newWorld();
    const view = (id: string) => sessionView(engine, id);
    const { id } = await spawn(engine, { project, prompt: "do\nit", agent: "pi", mode: "bypass" });
    expect(lines("words")).toEqual(["--chat --yolo"]);
    // The task is typed once the composer is there, by the process that the spawn has started.
    await waitFor(() => lines("taken").length === 2, patience);
    expect(lines("taken")).toEqual(["do", "it"]);
    await waitFor(async () => (await explain(engine, id)).status === "idle", patience);
    const idle = await explain(engine, id);
    expect(idle.rule).toBe("its screen shows its composer; it reports nothing itself");
    expect(idle.evidence.find(({ source }) => source === "screen")).toMatchObject({
      verdict: "ready",
      detail: "pi> · seen on its screen, not told by it",
    });

    const sent = (text: string) =>
      send(engine, { sessionId: id, text, source: "person", timeoutMs: 30_000 });
    expect((await sent("work")).isReached).toBe(true);
    await waitFor(async () => (await explain(engine, id)).evidence.some(isWorking), patience);
    expect(view(id)).toMatchObject({ status: "working", activity: "active" });
    const early = { sessionId: id, text: "early", source: "person", timeoutMs: 1_500 } as const;
    // The process that the spawn has started may still look after the inbox.
    const reason = /^(?:its screen shows that it works|another process is delivering)$/;
    expect(await send(engine, early)).toMatchObject({
      isReached: false,
      reason: expect.stringMatching(reason),
    });
    expect(lines("taken").at(-1)).toBe("work");
    await press(world, id, "k");
    await waitFor(() => lines("taken").includes("key k"), patience);
    await runOnce(engine);
    await waitFor(() => lines("taken").at(-1) === "early", patience);
  },
);

test.concurrent(
  "a dialog of an agent that reports nothing is told of, and typed into by nobody",
  async () => {
    const { world, engine, project, lines } = await newWorld();
    const { id } = await spawn(engine, { project, prompt: "ask", agent: "pi" });
    await waitFor(() => lines("taken").includes("ask"), patience);
    const status = () => sessionView(engine, id).status;
    await waitFor(async () => {
      await watchScreens(engine);
      return status() === "needs_approval";
    }, patience);
    expect(sessionView(engine, id).activityDetail).toEqual({
      kind: "approval",
      text: "Run rm? [y/n]",
    });
    expect(findOpenNotification(engine.store, "needs_approval", "shop")).toBeDefined();
    expect(approve(engine, id, true)).rejects.toThrow("cannot be answered safely from here");
    const request = { sessionId: id, text: "y", source: "person", timeoutMs: 300 } as const;
    expect((await send(engine, request)).isReached).toBe(false);
    await press(world, id, "n");
    await waitFor(() => lines("taken").at(-1) === "answer n", patience);
    await recheckDialogs(engine);
    expect(status()).not.toBe("needs_approval");
    expect(findOpenNotification(engine.store, "needs_approval", "shop")).toBeUndefined();
    await runOnce(engine);
    await waitFor(() => lines("taken").at(-1) === "y", patience);
  },
);

test.concurrent(
  "a session outlives the definition of its agent, and says so where it needs it",
  async () => {
    const { world, engine, project, lines } = await newWorld();
    const { id } = await spawn(engine, { project, prompt: "", agent: "pi" });
    await waitFor(async () => (await screenOf(engine, id)).lines[0] === "pi> ", patience);
    for (const text of ["", "[agents.pi]\ncommand = 7\n"]) {
      world.write("config.toml", text, world.dataDir);
      expect(sessionView(engine, id).agent).toBe("pi");
      await waitFor(async () => (await explain(engine, id)).status === "idle", patience);
      expect((await screenOf(engine, id)).lines[0]).toBe("pi> ");
      await watchScreens(engine);
      const request = { sessionId: id, text: "x", source: "person", timeoutMs: 100 } as const;
      const why = text === "" ? "agent pi of shop-1 is not defined any more" : "agents.pi.command";
      expect(send(engine, request)).rejects.toThrow(why);
    }
    world.write("config.toml", "", world.dataDir);
    expect((await kill(engine, id)).survivors).toEqual([]);
    expect(restore(engine, id)).rejects.toMatchObject({
      code: "unavailable",
      message: "agent pi of shop-1 is not defined any more",
    });
    expect(sessionView(engine, id).status).toBe("killed");

    world.write("config.toml", definition, world.dataDir);
    expect((await restore(engine, id)).conversation).toBe("native");
    await waitFor(() => lines("words").at(-1) === "--chat --continue", patience);
  },
);

test.concurrent(
  "an agent that was given no task, and reports with its first, is idle",
  async () => {
    const { world, engine, project } = await newWorld();
    world.program("codex", "#!/bin/sh\necho hello\nexec sleep 600\n");
    const later = () => Date.now() + 2 * noSignalAfterMs;
    const statusLater = (id: string) =>
      statusOf(engine, getSession(engine.store, id), [], later()).status;
    const { id } = await spawn(engine, { project, prompt: "", agent: "codex" });
    expect(statusLater(id)).toBe("idle");
    const evidence = (await explain(engine, id)).evidence.find(({ source }) => source === "hook");
    expect(evidence).toMatchObject({
      verdict: "none",
      detail: "it was started without a task, and reports nothing before its first",
    });
    const tasked = await spawn(engine, { project, prompt: "do it", agent: "codex" });
    expect(statusLater(tasked.id)).toBe("no_signal");
    // Without a conversation to go on with the task is given again, with one it is not.
    await kill(engine, tasked.id);
    await restore(engine, tasked.id);
    expect(statusLater(tasked.id)).toBe("no_signal");
    await kill(engine, tasked.id);
    world.sql(`update session set agent_session_id = 'one' where id = '${tasked.id}'`);
    await restore(engine, tasked.id);
    expect(statusLater(tasked.id)).toBe("idle");
  },
);

test.concurrent("a dialog of the first run is told of before any signal", async () => {
  const { world, engine, project } = await newWorld();
  const asking = "Trust this folder?";
  world.program("codex", `#!/bin/sh\necho '${asking}'\necho 'enter continue'\nexec sleep 600\n`);
  const { id } = await spawn(engine, { project, prompt: "do it", agent: "codex" });
  await waitFor(async () => {
    await watchScreens(engine);
    return sessionView(engine, id).status === "needs_input";
  }, patience);
  expect(sessionView(engine, id).activityDetail).toEqual({ kind: "trust", text: asking });
});

test.concurrent(
  "the catalogue shows what a person defined, where, and never starts it",
  async () => {
    const { world, engine, project, lines } = await newWorld();
    const view = await showAgent(engine, "pi", project);
    expect(view).toMatchObject({
      name: "pi",
      source: join(world.dataDir, "config.toml"),
      path: join(world.bin, "pi"),
      version: null,
      modes: ["default", "bypass"],
      definition: { command: "pi --chat" },
    });
    expect((await listAgents(engine)).at(-1)?.name).toBe("pi");
    expect(lines("words")).toEqual([]);
    const unable = { project, prompt: "x", agent: "pi", mode: "auto" } as const;
    expect(spawn(engine, unable)).rejects.toThrow("agent pi cannot do mode auto");
  },
);

function isWorking({ source, verdict }: { source: string; verdict: string }): boolean {
  return source === "screen" && verdict === "working";
}

/** Types a line as an attached person. */
async function press(world: World, id: string, text: string): Promise<void> {
  const engine = world.engine();
  const [row] = world.sql<{ handle: string }>(
    `select runtime_handle as handle from session where id = '${id}'`,
  );
  const runtime = await engine.runtime("pty");
  const size = { columns: 160, rows: 48 };
  const attachment = await runtime.attach(JSON.parse(row?.handle ?? ""), size);
  attachment.write(Buffer.from(`${text}\r`));
}
