import { expect, setDefaultTimeout, test } from "bun:test";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { hookLogPath } from "../../src/engine/hook.ts";
import { listEvidence } from "../../src/store/evidence.ts";
import { getSession } from "../../src/store/session.ts";
import { aoProgram } from "../support/ao-build.ts";
import { runProgram } from "../support/sample.ts";
import { Sample } from "../support/store.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(60_000);

const program = await aoProgram();

interface Call {
  agent?: string;
  event?: string;
  input?: string;
  /** A descriptor to read from, passed on by a shell, since those who start a program make its
   * standard input one that waits. */
  shared?: number;
  env?: Record<string, string>;
}

/** Starts `ao hook` as an agent does, with nobody else at the store. */
function start(sample: Sample, call: Call) {
  const { agent = "claude-code", event = "Stop", input, shared, env } = call;
  sample.store.close();
  const launch = { AO_SESSION_ID: "shop-1", AO_PROJECT_ID: "shop", AO_LAUNCH_ID: "launch-1" };
  const argv = [program, "hook", agent, event];
  const shell = shared === undefined ? [] : ["/bin/sh", "-c", 'exec "$@" <&3', "sh"];
  return Bun.spawn([...shell, ...argv], {
    env: { HOME: dirname(sample.dataDir), AO_DATA_DIR: sample.dataDir, ...launch, ...env },
    stdio: [
      input === undefined ? "ignore" : new Blob([input]),
      "pipe",
      "pipe",
      ...(shared === undefined ? [] : [shared]),
    ],
  });
}

/** Whatever an agent calls, it gets no words and exit code 0. */
async function report(sample: Sample, call: Call): Promise<void> {
  const child = start(sample, call);
  const said = [new Response(child.stdout).text(), new Response(child.stderr).text()];
  expect([await child.exited, ...(await Promise.all(said))]).toEqual([0, "", ""]);
  sample.reopen();
}

function withSession(): Sample {
  const sample = new Sample();
  sample.project();
  sample.session();
  return sample;
}

const logOf = ({ dataDir }: Sample) =>
  existsSync(hookLogPath(dataDir)) ? readFileSync(hookLogPath(dataDir), "utf8") : "";

const activityOf = ({ store }: Sample) => getSession(store, "shop-1").activity;

test("a signal of the present launch is written, and survives its process", async () => {
  using sample = withSession();
  const { path } = sample.store;
  const child = start(sample, { event: "UserPromptSubmit", input: '{"prompt":"fix it"}' });
  expect(await child.exited).toBe(0);
  // It has not cost the flushes of a store that is closed.
  expect(existsSync(`${path}-wal`)).toBe(true);
  sample.reopen();
  expect(activityOf(sample)).toBe("active");
  await report(sample, { input: "{}" });
  expect(activityOf(sample)).toBe("idle");
  expect(listEvidence(sample.store, "shop-1")[0]).toMatchObject({ source: "hook" });
  expect(sample.raw.query("pragma integrity_check").values()).toEqual([["ok"]]);
  expect(logOf(sample)).toBe("");
});

test("a large text is read whole from a pipe", async () => {
  using sample = withSession();
  const prompt = "word ".repeat(190_000);
  await report(sample, { event: "UserPromptSubmit", input: JSON.stringify({ prompt }) });
  expect(activityOf(sample)).toBe("active");
  expect(logOf(sample)).toBe("");
});

test("a pipe that does not wait is read to its end", async () => {
  using sample = withSession();
  const path = join(dirname(sample.dataDir), "pipe");
  await runProgram(["mkfifo", path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  const child = start(sample, { event: "UserPromptSubmit", shared: reader });
  closeSync(reader);
  writeSync(writer, '{"prompt":');
  await waitFor(() => isPolled(child.pid), { withinMs: 20_000, what: "standard input polled" });
  writeSync(writer, '"fix it"}');
  closeSync(writer);
  expect(await child.exited).toBe(0);
  sample.reopen();
  expect(logOf(sample)).toBe("");
  expect(activityOf(sample)).toBe("active");
});

test.each([
  ["an older launch", { env: { AO_LAUNCH_ID: "launch-0" } }],
  ["a session that is gone", { env: { AO_SESSION_ID: "shop-9" } }],
  ["an unknown agent", { agent: "nobody" }],
  ["an unknown event", { event: "Nothing" }],
])("of %s nothing is written or told", async (_what, call) => {
  using sample = withSession();
  const head = sample.head();
  await report(sample, { event: "UserPromptSubmit", input: '{"prompt":"x"}', ...call });
  expect(sample.head()).toBe(head);
  expect(logOf(sample)).toBe("");
});

test.each([
  ["broken off", '{"prompt":'],
  ["no object", "[]x"],
  ["too large", JSON.stringify({ prompt: "x".repeat(1024 * 1024) })],
])("a payload that is %s is told in the log only", async (_what, input) => {
  using sample = withSession();
  const head = sample.head();
  await report(sample, { event: "UserPromptSubmit", input });
  expect(sample.head()).toBe(head);
  expect(logOf(sample)).toMatch(/^\S+Z claude-code UserPromptSubmit shop-1: .+\n$/);
  // What an agent was told stays between it and its person.
  expect(logOf(sample)).not.toContain("xxx");
});

test("a store that cannot be used is told in the log only, which stays small", async () => {
  using sample = withSession();
  const { path } = sample.store;
  sample.store.close();
  writeFileSync(path, "no database at all ".repeat(1_000));
  const log = hookLogPath(sample.dataDir);
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, "x".repeat(1024 * 1024 + 1));
  const child = start(sample, { input: "{}" });
  expect(await child.exited).toBe(0);
  expect(statSync(log).size).toBeLessThan(4_000);
  expect(readFileSync(log, "utf8")).toContain("claude-code Stop shop-1: database ");
  expect(statSync(`${log}.1`).size).toBeGreaterThan(1024 * 1024);
});

test("outside of a session, or without input, it does no harm", async () => {
  using sample = withSession();
  const head = sample.head();
  await report(sample, { input: "{}", env: { AO_SESSION_ID: "" } });
  expect(sample.head()).toBe(head);
  await report(sample, { event: "UserPromptSubmit" });
  expect(activityOf(sample)).toBe("active");
});

/** Whether a process waits for its standard input in an event loop (Linux). */
function isPolled(pid: number): boolean {
  const folder = `/proc/${pid}/fdinfo`;
  return readdirSync(folder).some((name) =>
    /^tfd:\s+0 /m.test(readFileSync(join(folder, name), "utf8")),
  );
}
