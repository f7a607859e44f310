import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { identify, probeIdentity, type ProcessIdentity } from "../../src/process/identity.ts";
import { findProcesses, stopProcesses } from "../../src/process/tree.ts";
import { waitFor } from "../support/wait.ts";

const started: ProcessIdentity[] = [];

afterEach(async () => {
  await stopProcesses(() => started.filter((one) => probeIdentity(one) === "alive"), {
    graceMs: 0,
  });
  started.length = 0;
});

function start(script: string, env: Record<string, string> = {}): ProcessIdentity {
  const child = Bun.spawn(["/bin/sh", "-c", script], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "ignore", "ignore"],
    detached: true,
  });
  const identity = identify(child.pid);
  if (!identity) throw new Error("process did not start");
  started.push(identity);
  return identity;
}

test("finds descendants and nobody else", async () => {
  const root = start("sleep 600 & sleep 600 & wait");
  const other = start("exec sleep 600");
  const found = await waitFor(() => {
    const list = findProcesses({ root });
    return list.length === 3 && list;
  });
  started.push(...found);
  expect(found).toContainEqual(root);
  expect(found).not.toContainEqual(other);
});

test("finds nothing for a process of another start time with the same id", () => {
  const { pid } = start("exec sleep 600");
  const stranger = { pid, start: "1" };
  expect(findProcesses({ root: stranger, terminalSession: stranger })).toEqual([]);
});

test.if(process.platform === "linux")("finds by launch id what left the tree", async () => {
  const launchId = crypto.randomUUID();
  const marked = start("setsid sleep 600 & exit 0", { AO_LAUNCH_ID: launchId });
  start("exec sleep 600", { AO_LAUNCH_ID: `${launchId}0` });
  const [child] = await waitFor(() => {
    const list = findProcesses({ launchId }).filter(({ pid }) => pid !== marked.pid);
    return probeIdentity(marked) === "dead" && list.length === 1 && list;
  });
  if (child) started.push(child);
  // A moment later than it is found: `setsid` becomes it.
  const words = () => readFileSync(`/proc/${child?.pid}/cmdline`, "latin1");
  await waitFor(() => words() === "sleep\x00600\x00");
  expect(findProcesses({ launchId, except: [child?.pid ?? 0] })).toEqual([]);
});

test("never finds the process that asks", () => {
  const own = identify(process.pid);
  expect(own).toBeDefined();
  if (own) expect(findProcesses({ root: own, terminalSession: own })).not.toContainEqual(own);
});

test("stops a process that is suspended and one that ignores the first signal", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ao-tree-"));
  const suspended = start("exec sleep 600");
  process.kill(suspended.pid, "SIGSTOP");
  const stubborn = start(`trap '' TERM; touch ${folder}/ready; while :; do sleep 600; done`);
  await waitFor(() => Bun.file(`${folder}/ready`).exists());
  const find = () => [suspended, stubborn].flatMap((root) => findProcesses({ root }));
  started.push(...find());
  expect(await stopProcesses(find, { graceMs: 100 })).toEqual([]);
  expect([suspended, stubborn].map(probeIdentity)).toEqual(["dead", "dead"]);
  rmSync(folder, { recursive: true });
});
