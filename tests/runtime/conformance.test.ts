import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import {
  identify,
  probeIdentity,
  type ProcessIdentity,
  readStat,
} from "../../src/process/identity.ts";
import { findProgram } from "../../src/process/program.ts";
import { run } from "../../src/process/run.ts";
import { readLastScreen } from "../../src/runtime/last-screen.ts";
import { launchPath } from "../../src/runtime/launch.ts";
import type { ProbeTarget, Runtime, RuntimeHandle } from "../../src/runtime/port.ts";
import { ptyRuntime } from "../../src/runtime/pty/pty.ts";
import { tmuxRuntime } from "../../src/runtime/tmux/tmux.ts";
import { Bench, fixture } from "../support/runtime.ts";
import { waitFor } from "../support/wait.ts";

const runtimes: Runtime[] = [ptyRuntime()];
if (findProgram("tmux")) runtimes.push(tmuxRuntime());
else process.stderr.write("conformance of the tmux runtime is not tested: tmux is not installed\n");

for (const runtime of runtimes) {
  describe(`the ${runtime.name} runtime`, () => {
    const bench = new Bench(runtime);
    afterAll(async () => await bench.close());

    startTests(bench);
    survivalTests(bench);
    typingTests(bench);
    endTests(bench);
    stopTests(bench);
    attachTests(bench);
    floodTests(bench);
  });
}

function startTests(bench: Bench): void {
  const { runtime } = bench;

  test("creates an agent that leads its terminal session and shows its output", async () => {
    const target = await bench.start(["/bin/sh", "-c", "tty; echo hello; exec sleep 600"]);
    const { agent } = target.handle;
    const screen = await bench.line(target, /^hello$/);
    const stat = readStat(agent.pid);
    const leader = target.handle.kind === "tmux" ? target.handle.shell.pid : agent.pid;
    expect(stat).toMatchObject({ start: agent.start, session: leader, group: leader });
    expect(screen.lines[0]).toMatch(/^\/dev\/(pts|tty)/);
    expect(screen).toMatchObject({ columns: 100, rows: 30, isComplete: true });
    expect(await bench.probe(target)).toMatchObject({ runtime: "alive", agent: "alive" });
  });

  test("gives the agent exactly the environment of its spec", async () => {
    const spec = bench.spec(["/bin/sh", "-c", "env | sort | tr '\\n' ' '; exec sleep 600"]);
    const terminal = runtime.name === "pty" ? { TERM: "xterm-256color" } : {};
    const odd = 'it\'s $HOME `x` "q" \\ #{pid} %d';
    const { launchId, argv } = spec;
    const env = { ...terminal, ODD: odd, PATH: spec.env["PATH"] ?? "", AO_LAUNCH_ID: launchId };
    const target = await bench.start(argv, { env, launchId });
    const screen = await bench.line(target, /ODD=/);
    const text = screen.lines.join("").replaceAll(/\s+/g, " ");
    expect(text).toContain(`ODD=${odd}`);
    expect(text).not.toContain("TMUX");
    expect(text).not.toContain("HOME=");
  });

  test("refuses a program that is not there and leaves nothing behind", async () => {
    const spec = bench.spec(["/nowhere/agent"]);
    await expect(runtime.create(spec)).rejects.toMatchObject({ code: "unavailable" });
    expect((await runtime.running(bench.dataDir)).has(spec.launchId)).toBe(false);
  });
}

function survivalTests(bench: Bench): void {
  const { runtime } = bench;

  test("keeps an agent alive when its starter is killed", async () => {
    const spec = bench.spec(["/bin/sh", "-c", "echo orphan; exec sleep 600"]);
    const starter = [process.execPath, join(import.meta.dir, "../support/start-and-die.ts")];
    const result = await run([...starter, launchPath(spec.sessionDir)]);
    expect(result.signal).toBe("SIGKILL");
    const handle: RuntimeHandle = JSON.parse(result.stdout);
    const target = bench.adopt(spec, handle);
    await bench.line(target, /^orphan$/);
    expect(await bench.probe(target)).toMatchObject({ runtime: "alive", agent: "alive" });
  });

  test("runs two agents beside each other and lists both until they end", async () => {
    const first = await bench.start(["/bin/sh", "-c", "echo one; exec sleep 600"]);
    const second = await bench.start(["/bin/sh", "-c", "echo two; exec sleep 600"]);
    await bench.line(first, /^one$/);
    await bench.line(second, /^two$/);
    const running = await runtime.running(bench.dataDir);
    expect(running.get(first.launchId)).toEqual(first.handle);
    expect(running.get(second.launchId)).toEqual(second.handle);
    await runtime.stop(first, 1_000);
    const later = await runtime.running(bench.dataDir);
    expect([later.has(first.launchId), later.has(second.launchId)]).toEqual([false, true]);
  });
}

function typingTests(bench: Bench): void {
  const { runtime } = bench;

  test("types a text and Enter exactly once per id", async () => {
    const { target, submitted } = await startComposer(bench, "plain");
    const delivery = { id: "m1", text: "use the outbox table" };
    expect(await runtime.paste(target.handle, delivery)).toBe("typed");
    expect(await runtime.paste(target.handle, delivery)).toBe("repeated");
    expect(await runtime.submit(target.handle, "m1")).toBe("typed");
    expect(await runtime.submit(target.handle, "m1")).toBe("repeated");
    await runtime.paste(target.handle, { id: "m2", text: "second" });
    await runtime.submit(target.handle, "m2");
    const texts = await waitFor(() => submitted().length >= 2 && submitted());
    expect(texts.map(({ text }) => text)).toEqual(["use the outbox table", "second"]);
  });

  test("pastes several lines as one text while the program takes bracketed pastes", async () => {
    const { target, submitted } = await startComposer(bench, "bracketed", "alternate");
    const text = "first line\nsecond\tline\n\nfünfte Zeile 🙂";
    await runtime.paste(target.handle, { id: "lines", text: `${text}\x1b[201~\x03` });
    await runtime.submit(target.handle, "lines");
    const [message] = await waitFor(() => submitted().length > 0 && submitted());
    expect(message).toEqual({ text: `${text}[201~`, pastes: 1 });
  });

  test("pastes 200 KB without loss", async () => {
    const { target, submitted } = await startComposer(bench, "bracketed");
    const text = Array.from({ length: 4_000 }, (_, line) => `${line} ${"x".repeat(45)}`).join("\n");
    expect(text.length).toBeGreaterThan(200_000);
    expect(await runtime.paste(target.handle, { id: "large", text })).toBe("typed");
    await runtime.submit(target.handle, "large");
    const [message] = await waitFor(() => submitted().length > 0 && submitted());
    expect(message?.text === text).toBe(true);
  });
}

function endTests(bench: Bench): void {
  const ends = [
    { program: "exit 0", exitCode: 0, signal: null },
    { program: "exit 3", exitCode: 3, signal: null },
    { program: "kill -9 $$", exitCode: null, signal: "SIGKILL" },
  ];
  for (const { program, exitCode, signal } of ends) {
    test(`records the end of an agent by ${program} within a second`, async () => {
      const target = await bench.start(["/bin/sh", "-c", `echo last words; ${program}`]);
      const ended = async () => (await bench.probe(target)).exit;
      const exit = await waitFor(ended, { withinMs: 1_000, what: "record" });
      expect(exit).toMatchObject({ launchId: target.launchId, exitCode, signal });
      expect(await bench.probe(target)).toMatchObject({ agent: "dead" });
      await waitFor(async () => (await bench.probe(target)).runtime === "dead");
      expect((await readLastScreen(target.sessionDir))?.lines).toEqual(["last words"]);
      const told = readFileSync(join(target.sessionDir, "ended"), "utf8");
      expect(JSON.parse(told)).toMatchObject({ exitCode, signal });
      expect(readFileSync(join(target.sessionDir, "terminal.log"), "utf8")).toContain("last words");
    });
  }
}

function stopTests(bench: Bench): void {
  const { runtime } = bench;

  test("stops an agent with children that left its process group", async () => {
    const { target, children } = await startFamily(bench);
    expect(await runtime.stop(target, 300)).toEqual({ survivors: [] });
    expect(children.map(probeIdentity)).toEqual(children.map(() => "dead"));
    expect(await bench.probe(target)).toMatchObject({ runtime: "dead", agent: "dead" });
  });

  test("stops the children that an agent left when it had ended by itself", async () => {
    const { target, children } = await startFamily(bench);
    process.kill(target.handle.agent.pid, "SIGKILL");
    await waitFor(async () => (await bench.probe(target)).exit);
    expect(children.some((child) => probeIdentity(child) === "alive")).toBe(true);
    expect(await runtime.stop(target, 300)).toEqual({ survivors: [] });
    expect(children.map(probeIdentity)).toEqual(children.map(() => "dead"));
  });

  test("stops an agent that ignores the first signal and records the second", async () => {
    const target = await bench.start(fixture("stubborn.sh"));
    await bench.line(target, /stubborn ready/);
    expect(await runtime.stop(target, 100)).toEqual({ survivors: [] });
    expect((await bench.probe(target)).exit).toMatchObject({ signal: "SIGKILL" });
  });

  test("stops an agent whose launch was stopped before", async () => {
    const target = await bench.start(["/bin/sleep", "600"]);
    await runtime.stop(target, 1_000);
    expect(await runtime.stop(target, 1_000)).toEqual({ survivors: [] });
  });
}

function attachTests(bench: Bench): void {
  const { runtime } = bench;

  test("joins a terminal, carries keys and sizes, and leaves the agent running", async () => {
    const { target, submitted } = await startComposer(bench, "plain");
    const attachment = await runtime.attach(target.handle, { columns: 90, rows: 25 });
    const output = collect(attachment.onOutput.bind(attachment));
    await waitFor(() => output().includes("ready"));
    attachment.write(Buffer.from("typed by hand\r"));
    await waitFor(() => output().includes("submitted 13"));
    expect(submitted()).toEqual([{ text: "typed by hand", pastes: 0 }]);
    attachment.resize(120, 40);
    await waitFor(async () => (await runtime.screen(target.handle)).columns === 120);
    attachment.close();
    expect(await attachment.closed).toBe("detached");
    expect(await bench.probe(target)).toMatchObject({ runtime: "alive", agent: "alive" });
  });

  test("redraws the alternate screen for one who joins late and tells of the end", async () => {
    const target = await bench.start(fixture("redraw.sh"));
    await bench.line(target, /red words/);
    expect((await runtime.screen(target.handle)).isAlternate).toBe(true);
    const attachment = await runtime.attach(target.handle, { columns: 80, rows: 24 });
    const output = collect(attachment.onOutput.bind(attachment));
    await waitFor(() => output().includes("red words") && output().includes("alternate screen"));
    expect(output()).not.toContain("main screen\r\nmain screen");
    await bench.line(target, /size 24 80/);
    await runtime.stop(target, 1_000);
    expect(await attachment.closed).toBe("ended");
  });
}

function floodTests(bench: Bench): void {
  const { runtime } = bench;

  test("keeps a whole screen and all later output after a flood", async () => {
    const bytes = runtime.name === "pty" ? 50_000_000 : 5_000_000;
    const flood = `yes 0123456789012345678901234567890123456789 | head -c ${bytes}; echo the end`;
    const mark = join(bench.dataDir, "flooded");
    const target = await bench.start(["/bin/sh", "-c", `${flood}; : >${mark}; exec sleep 600`]);
    await waitFor(() => existsSync(mark), { withinMs: 60_000, what: "end of the flood" });
    const screen = await bench.line(target, /the end$/, 60_000);
    expect(screen.isComplete).toBe(true);
    expect(screen.lines.length).toBeGreaterThanOrEqual(29);
    expect(screen.scrollback.length).toBe(2_000);
    const holder = target.handle.kind === "pty" ? target.handle.holder : target.handle.server;
    expect(residentBytes(holder)).toBeLessThan(120 * 1024 * 1024);
  }, 60_000);
}

interface Submitted {
  text: string;
  pastes: number;
}

async function startComposer(
  bench: Bench,
  ...words: string[]
): Promise<{ target: ProbeTarget; submitted: () => Submitted[] }> {
  const file = join(bench.dataDir, `${crypto.randomUUID()}.jsonl`);
  await Bun.write(file, "");
  const target = await bench.start(fixture("composer.ts", file, ...words));
  await bench.line(target, /ready/);
  const lines = () => readFileSync(file, "utf8").split("\n").filter(Boolean);
  return { target, submitted: () => lines().map((line) => JSON.parse(line)) };
}

async function startFamily(
  bench: Bench,
): Promise<{ target: ProbeTarget; children: ProcessIdentity[] }> {
  const file = join(bench.dataDir, `${crypto.randomUUID()}.pids`);
  await Bun.write(file, "");
  const target = await bench.start(fixture("family.sh", file));
  await bench.line(target, /family ready/);
  const pids = readFileSync(file, "utf8").trim().split("\n").map(Number);
  expect(pids).toHaveLength(5);
  return { target, children: pids.flatMap((pid) => identify(pid) ?? []) };
}

function collect(onOutput: (listener: (bytes: Uint8Array) => void) => void): () => string {
  const chunks: Uint8Array[] = [];
  onOutput((bytes) => chunks.push(Uint8Array.from(bytes)));
  return () => Buffer.concat(chunks).toString("utf8");
}

function residentBytes({ pid }: ProcessIdentity): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}
