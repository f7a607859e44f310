import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findProcesses } from "../../src/process/tree.ts";
import { dropWarm, takeWarm, warmUp } from "../../src/runtime/pty/warm.ts";
import { waitFor } from "../support/wait.ts";

const folder = mkdtempSync(join(tmpdir(), "ao-warm-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const self = [process.execPath, join(import.meta.dir, "..", "..", "src", "main.ts")];

function preparation(name: string) {
  return { sessionDir: join(folder, name), launchId: `${name}-${crypto.randomUUID()}`, self };
}

const holdersOf = (launchId: string) => findProcesses({ launchId });

test("dropWarm ends a holder that was not needed, which leaves nothing", async () => {
  const launch = preparation("dropped");
  warmUp(launch);
  expect(holdersOf(launch.launchId)).toHaveLength(1);
  dropWarm(launch.sessionDir);
  await waitFor(() => holdersOf(launch.launchId).length === 0 || undefined);
  expect(readdirSync(launch.sessionDir)).toEqual(["holder.log"]);
  expect(takeWarm(launch.sessionDir)).toBeUndefined();
});

test("takeWarm gives a holder that reports what keeps it from beginning", async () => {
  const launch = preparation("taken");
  warmUp(launch);
  const holder = takeWarm(launch.sessionDir);
  // There is no launch spec, so this is as far as it gets.
  expect(JSON.parse((await holder?.firstLine(10_000)) ?? "{}")).toMatchObject({
    error: { code: "not_found" },
  });
  await waitFor(() => holdersOf(launch.launchId).length === 0 || undefined);
  expect(takeWarm(launch.sessionDir)).toBeUndefined();
});

test("warmUp by a process that is killed leaves no holder", async () => {
  const { sessionDir, launchId } = preparation("orphaned");
  const script = join(import.meta.dir, "..", "support", "warm-main.ts");
  const argv = [process.execPath, script, sessionDir, launchId];
  const starter = Bun.spawn(argv, { stdio: ["ignore", "pipe", "inherit"] });
  const { value } = await starter.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe("prepared\n");
  expect(holdersOf(launchId)).toHaveLength(1);
  starter.kill("SIGKILL");
  await waitFor(() => holdersOf(launchId).length === 0 || undefined);
  expect(readdirSync(sessionDir)).toEqual(["holder.log"]);
});
