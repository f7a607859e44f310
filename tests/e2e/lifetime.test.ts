import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { echo, Machine, slowMs } from "../support/ao.ts";
import { processesOf } from "../support/leftovers.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(slowMs);

const hasTmux = Bun.which("tmux") !== null;
if (!hasTmux) process.stderr.write("skipped: tmux is not installed, so nothing runs in it\n");
const runtimes = hasTmux ? ["pty", "tmux"] : ["pty"];

/** Children that leave the process group, the session, or ignore what ends them. */
const family = `set -m
setsid sleep 1001 &
nohup sleep 1002 > /dev/null 2>&1 &
(trap '' TERM HUP; sleep 1003; sleep 1003) &
(setsid sh -c 'sleep 1004 & exec sleep 1005' &)
echo ready
wait
`;

interface EventJson {
  type: string;
  at: string;
  sessionId: string;
  payload: { activity?: string; exitCode?: number | null; exitSignal?: string | null };
}

describe.each(runtimes)("in runtime %s", (runtime) => {
  const onRuntime = ["--runtime", runtime];

  test.concurrent.each([
    ["exit 0", 0, null],
    ["exit 3", 3, null],
    ["kill -9 $$", null, "SIGKILL"],
  ])("an agent that ends by `%s` is exited within a second", async (how, code, signal) => {
    await using machine = await Machine.withProject();
    const id = await machine.spawn(`sh -c 'echo hello; read line; ${how}'`, ...onRuntime);
    await machine.ok(["send", id, "now", "--wait", "submitted"]);
    const sentAt = Date.now();
    const end = await waitFor(async () => (await exits(machine, id))[0], { withinMs: 15_000 });
    expect(end.payload).toMatchObject({ exitCode: code, exitSignal: signal });
    expect(Date.parse(end.at) - sentAt).toBeLessThan(1_000);
    const session = await machine.session(id);
    expect(session).toMatchObject({ status: "exited", isTerminated: false, exitCode: code });
    expect(await machine.ok(["logs", id])).toStartWith("hello");
    await machine.ok(["session", "restore", id]);
    expect(await machine.session(id)).toMatchObject({ activity: "idle", exitCode: null });
    expect(await exits(machine, id)).toHaveLength(1);
  });

  test.concurrent(
    "kill ends children that left the group, the session or ignore signals",
    async () => {
      await using machine = await Machine.withProject();
      const script = join(machine.folder, "family.sh");
      writeFileSync(script, family);
      const id = await machine.spawn(`bash ${script}`, ...onRuntime);
      const printed = async () => (await machine.ok(["logs", id])).includes("ready");
      await waitFor(printed, { withinMs: 10_000 });
      expect(processesOf(machine.home).length).toBeGreaterThan(5);
      const killed = await machine.ao(["session", "kill", id]);
      expect(killed).toMatchObject({ exitCode: 0, stdout: `${id} ended\n`, stderr: "" });
      // The private tmux server ends with its last pane, a moment later.
      await waitFor(() => processesOf(machine.home).length === 0, { withinMs: 5_000 });
    },
  );

  test.concurrent("closing the terminal that spawned and attached ends no agent", async () => {
    await using machine = await Machine.withProject();
    const line = `"$0" spawn --quiet --runtime ${runtime} --command "$1"; "$0" attach shop-1`;
    const terminal = machine.terminalOf(["sh", "-c", line, machine.program, echo]);
    await terminal.shows("hello");
    terminal.hangUp();
    await terminal[Symbol.asyncDispose]();
    expect(await machine.ok(["send", "shop-1", "still there"])).toStartWith("submitted");
    const answered = async () =>
      (await machine.ok(["screen", "shop-1"])).includes("got still there");
    await waitFor(answered, { withinMs: 10_000 });
  });
});

test.concurrent("killing the shell and everything it started ends no agent", async () => {
  await using machine = await Machine.withProject();
  const line = `"$0" spawn --quiet --command "$1"; echo up; exec sleep 1000`;
  const shell = Bun.spawn(["sh", "-c", line, machine.program, echo], {
    cwd: machine.repository,
    env: machine.env,
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const reader = shell.stdout.getReader();
  await waitFor(async () => new TextDecoder().decode((await reader.read()).value).includes("up"));
  process.kill(-shell.pid, "SIGKILL");
  await shell.exited;
  expect(await machine.ok(["send", "shop-1", "hi"])).toStartWith("submitted");
});

test.concurrent("a daemon ends within a second of SIGTERM, and no agent with it", async () => {
  await using machine = await Machine.withProject();
  await using daemon = machine.start(["daemon"]);
  await daemon.said(/runs as process/);
  const id = await machine.spawn();
  const startedAt = performance.now();
  expect(await daemon.end("SIGTERM")).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(await machine.ok(["send", id, "hi"])).toStartWith("submitted");
});

test.concurrent(
  "after kill -9 of a daemon another one starts at once, and agents go on",
  async () => {
    await using machine = await Machine.withProject();
    await using first = machine.start(["daemon"]);
    await first.said(/runs as process/);
    const id = await machine.spawn();
    await first.end("SIGKILL");
    await using second = machine.start(["daemon"]);
    await second.said(/runs as process/, 5_000);
    expect(await machine.ok(["send", id, "hi"])).toStartWith("submitted");
    expect(await second.end("SIGINT")).toBe(0);
  },
);

test.concurrent("a follower that is interrupted ends at once", async () => {
  await using machine = await Machine.withProject();
  for (const words of [
    ["events", "--follow", "--all"],
    ["logs", "--follow"],
  ]) {
    const env = { AO_SESSION_ID: "shop-1" };
    if (words[0] === "logs") await machine.spawn();
    await using follower = machine.start(words, { env });
    await follower.said(words[0] === "logs" ? /hello/ : /project_added/);
    const startedAt = performance.now();
    await follower.end("SIGINT");
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  }
});

async function exits(machine: Machine, id: string): Promise<EventJson[]> {
  const words = ["events", "--all", "--json", "--session", id, "--type", "session_updated"];
  const lines = (await machine.ok(words)).split("\n").filter(Boolean);
  const events = lines.map((line) => JSON.parse(line) as EventJson);
  return events.filter(({ payload }) => payload.activity === "exited");
}
