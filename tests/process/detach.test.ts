import { expect, test } from "bun:test";

import { startDetached } from "../../src/process/detach.ts";
import { probeIdentity, readStat } from "../../src/process/identity.ts";
import { signalProcess } from "../../src/process/tree.ts";
import { waitFor } from "../support/wait.ts";

const env = { PATH: process.env["PATH"] ?? "" };

test("gives the first line of a process that leads a session of its own", async () => {
  const script = "echo ready; exec sleep 600";
  const { identity, firstLine } = startDetached(["/bin/sh", "-c", script], { env, reports: true });
  expect(await firstLine(5_000)).toBe("ready");
  if (!identity) throw new Error("process did not start");
  expect(readStat(identity.pid)?.session).toBe(identity.pid);
  signalProcess(identity, "SIGKILL");
  await waitFor(() => probeIdentity(identity) === "dead");
});

test("gives no line when the process ends or takes too long", async () => {
  const ended = startDetached(["/bin/sh", "-c", "exit 0"], { env, reports: true });
  expect(await ended.firstLine(5_000)).toBeUndefined();
  const silent = startDetached(["/bin/sleep", "600"], { env, reports: true });
  expect(await silent.firstLine(20)).toBeUndefined();
  if (silent.identity) signalProcess(silent.identity, "SIGKILL");
});

test("refuses a program that is not there", () => {
  expect(() => startDetached(["/nowhere/program"], { env })).toThrow(/cannot be started/);
});
