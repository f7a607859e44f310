import { afterAll, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { ownIdentity, probeIdentity, type ProcessIdentity } from "../../src/process/identity.ts";
import { launchPath } from "../../src/runtime/launch.ts";
import type { ProbeTarget } from "../../src/runtime/port.ts";
import { HolderClient } from "../../src/runtime/pty/client.ts";
import { encodeJson, FrameReader, frameTypes } from "../../src/runtime/pty/protocol.ts";
import { ptyRuntime } from "../../src/runtime/pty/pty.ts";
import { Bench, fixture } from "../support/runtime.ts";
import { waitFor } from "../support/wait.ts";

const runtime = ptyRuntime();
const bench = new Bench(runtime);
afterAll(async () => await bench.close());

const shell = (script: string) => ["/bin/sh", "-c", script];

function holderOf({ handle }: ProbeTarget): ProcessIdentity {
  if (handle.kind !== "pty") throw new Error("not a pty");
  return handle.holder;
}

test("keeps secrets out of command lines, environments and other people's reach", async () => {
  const spec = bench.spec(["/bin/sleep", "600"]);
  const target = bench.adopt(spec, await runtime.create(spec));
  const { pid } = holderOf(target);
  const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0").slice(2, -1);
  expect(words).toEqual(["__hold", launchPath(spec.sessionDir)]);
  const names = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  // Its own launch, by which it is found as long as it has no socket yet; nothing of the caller's.
  expect(names.filter((name) => /^AO_/.test(name))).toEqual([`AO_LAUNCH_ID=${spec.launchId}`]);
  const paths = [spec.socketPath, dirname(spec.socketPath), launchPath(spec.sessionDir)];
  const modes = [...paths, spec.sessionDir].map((path) => statSync(path).mode & 0o777);
  expect(modes).toEqual([0o600, 0o700, 0o600, 0o700]);
});

test("tells a killed holder from a living agent and from a dead one", async () => {
  const stubborn = await bench.start(fixture("stubborn.sh"));
  await bench.line(stubborn, /stubborn ready/);
  const plain = await bench.start(["/bin/sleep", "600"]);
  for (const target of [stubborn, plain]) process.kill(holderOf(target).pid, "SIGKILL");
  await waitFor(() => probeIdentity(plain.handle.agent) === "dead");
  await waitFor(() => probeIdentity(holderOf(stubborn)) === "dead");
  expect(await bench.probe(stubborn)).toMatchObject({ runtime: "dead", agent: "alive" });
  const lost = await bench.probe(plain);
  expect(lost).toMatchObject({ runtime: "dead", agent: "dead" });
  expect(lost.exit).toBeUndefined();
  await expect(runtime.screen(stubborn.handle)).rejects.toMatchObject({ code: "unavailable" });
  expect((await runtime.running(bench.dataDir)).has(stubborn.launchId)).toBe(false);
  expect(await runtime.stop(stubborn, 50)).toEqual({ survivors: [] });
  expect(probeIdentity(stubborn.handle.agent)).toBe("dead");
});

test("ends its agent and records it when the holder is told to end", async () => {
  const target = await bench.start(["/bin/sleep", "600"]);
  process.kill(holderOf(target).pid, "SIGHUP");
  process.kill(holderOf(target).pid, "SIGTERM");
  await waitFor(() => probeIdentity(holderOf(target)) === "dead");
  expect((await bench.probe(target)).exit).toMatchObject({ signal: "SIGTERM", exitCode: null });
});

test("records an end though the store cannot be written", async () => {
  const target = await bench.start(shell("exit 7"), { projectId: "without-store" });
  await waitFor(() => probeIdentity(holderOf(target)) === "dead");
  expect((await bench.probe(target)).exit).toMatchObject({ exitCode: 7 });
  const log = readFileSync(join(target.sessionDir, "holder.log"), "utf8");
  expect(log).toContain("store is locked");
});

test("refuses a second holder of one launch", async () => {
  const spec = bench.spec(["/bin/sleep", "600"]);
  bench.adopt(spec, await runtime.create(spec));
  await expect(runtime.create(spec)).rejects.toMatchObject({ code: "conflict" });
  expect((await runtime.running(bench.dataDir)).has(spec.launchId)).toBe(true);
});

test("answers what an agent asks its terminal while nobody is attached", async () => {
  const target = await bench.start(fixture("asker.ts"));
  const screen = await bench.line(target, /"/);
  expect(screen.lines.at(-1)).toBe('"\\u001b[0n\\u001b[?62;22c\\u001b[2;3R"');
});

test("pastes lines as they are into a program that reads whole lines", async () => {
  const target = await bench.start(
    shell('stty -echo; echo go; while read -r l; do echo "<$l>"; done'),
  );
  await bench.line(target, /^go$/);
  await runtime.paste(target.handle, { id: "lines", text: "one\r\ntwo\n" });
  const screen = await bench.line(target, /<two>/);
  expect(screen.lines).toEqual(["go", "<one>", "<two>"]);
});

test("knows of a person's draft until Enter is pressed", async () => {
  const target = await bench.start(shell("echo go; exec cat"));
  await bench.line(target, /^go$/);
  const attachment = await runtime.attach(target.handle, { columns: 100, rows: 30 });
  const draft = async () => (await runtime.screen(target.handle)).hasTypedDraft;
  expect(await draft()).toBe(false);
  attachment.write(Buffer.from("half a sent"));
  await waitFor(draft);
  await runtime.submit(target.handle, "enter");
  expect(await draft()).toBe(false);
  attachment.close();
});

test("folds what an agent prints over time and loses nothing of the screen", async () => {
  const spec = bench.spec([]);
  const line = "\\033[3%dm%d 0123456789 abcdefghij\\033[0m\\n";
  const script = `i=0; while [ $i -lt 20000 ]; do printf '${line}' $((i % 8)) $i; i=$((i+1)); done`;
  const argv = shell(`printf '\\033[?2004h\\033[?25l'; ${script}; echo done; exec sleep 600`);
  const target = await bench.start(argv, { launchId: spec.launchId });
  const screen = await bench.line(target, /^done$/, 20_000);
  expect(screen).toMatchObject({ isComplete: true, hasBracketedPaste: true });
  expect(screen.lines.slice(0, 2)).toEqual([19972, 19973].map((n) => `${n} 0123456789 abcdefghij`));
  const history = async () =>
    await HolderClient.with(target.handle.socketPath, async (client) => await client.history());
  await waitFor(async () => ((await history()).steps[0]?.bytes.length ?? 0) > 0);
  const folded = await runtime.screen(target.handle);
  expect(folded).toMatchObject({ isComplete: true, hasBracketedPaste: true });
  expect(folded.scrollback).toEqual(screen.scrollback);
  expect(folded.lines).toEqual(screen.lines);
});

test("gives one who reads too slowly a redraw in place of what was left out", async () => {
  const flood = "yes 0123456789012345678901234567890123456789 | head -c 16000000";
  const target = await bench.start(shell(`read -r start; ${flood}; echo end; exec sleep 600`));
  const reader = new FrameReader();
  const types: number[] = [];
  let last: Uint8Array = new Uint8Array(0);
  const socket = await Bun.connect({
    unix: target.handle.socketPath,
    socket: {
      data: (_socket, chunk) => {
        for (const { type, payload } of reader.push(chunk)) {
          types.push(type);
          last = payload;
        }
      },
    },
  });
  socket.write(encodeJson({ id: 1, method: "attach", params: { columns: 100, rows: 30 } }));
  await waitFor(() => types.includes(frameTypes.json));
  socket.pause();
  await runtime.paste(target.handle, { id: "go", text: "go\n" });
  await bench.line(target, /end$/, 20_000);
  socket.resume();
  const isRedrawn = () =>
    types.lastIndexOf(frameTypes.history) > 1 && Buffer.from(last).includes("end\r\n");
  await waitFor(isRedrawn, { what: "redraw", withinMs: 10_000 });
  socket.end();
}, 30_000);

test("survives a peer that speaks another language", async () => {
  const target = await bench.start(["/bin/sleep", "600"]);
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    unix: target.handle.socketPath,
    socket: { data: () => undefined, close: () => resolve(), error: () => resolve() },
  });
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await promise;
  await HolderClient.with(target.handle.socketPath, async (client) => {
    expect(await client.hello()).toMatchObject({ protocol: 1, launchId: target.launchId });
    // A request of a later version gets an answer, not silence.
    await expect(client.request("paste", {})).rejects.toMatchObject({ code: "usage" });
  });
  expect(probeIdentity(holderOf(target))).toBe("alive");
});

test("reaches a holder again whose socket was deleted, and parts from nobody", async () => {
  const target = await bench.start(shell("echo go; exec cat"));
  await bench.line(target, /^go$/);
  const attachment = await runtime.attach(target.handle, { columns: 100, rows: 30 });
  const output: string[] = [];
  attachment.onOutput((bytes) => output.push(Buffer.from(bytes).toString()));
  rmSync(target.handle.socketPath);
  await expect(runtime.screen(target.handle)).rejects.toMatchObject({ code: "unavailable" });
  expect(await bench.probe(target)).toMatchObject({ runtime: "alive", agent: "alive" });
  await waitFor(() => existsSync(target.handle.socketPath));
  expect((await runtime.screen(target.handle)).lines).toEqual(["go"]);
  expect((await runtime.running(bench.dataDir)).has(target.launchId)).toBe(true);
  attachment.write(Buffer.from("still here\r"));
  await waitFor(() => output.join("").includes("still here\r\nstill here"));
  attachment.close();
});

test("looks at a hundred launches without a process or a socket", async () => {
  const own = ownIdentity();
  const handle = { kind: "pty", socketPath: "/nowhere", holder: own, agent: own } as const;
  const targets = Array.from({ length: 100 }, (_, index) => ({
    sessionId: `s-${index}`,
    launchId: "none",
    sessionDir: "/nowhere",
    handle,
  }));
  const probes = await runtime.probeAll(targets);
  expect(probes.size).toBe(100);
  expect(probes.get("s-99")).toMatchObject({ runtime: "alive", agent: "alive" });
});
