import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { killSteps } from "../../src/engine/kill.ts";
import { restoreSteps } from "../../src/engine/restore.ts";
import { spawnSteps } from "../../src/engine/spawn.ts";
import { contentOf, findOrphans, processesOf, readRows, rowOf } from "../support/crash.ts";
import { hasTmux, patience, World } from "../support/engine.ts";
import { readSources } from "../support/source.ts";
import { waitFor } from "../support/wait.ts";

/** Every fail-point that a source file names, and those of the steps. */
async function allPoints(): Promise<string[]> {
  const sources = await readSources(join(import.meta.dir, "../.."));
  const text = sources.filter(({ path }) => path.startsWith("src/")).map((file) => file.text);
  // Those of the opencode integration are walked by its own tests.
  const named = text.join("\n").matchAll(/failpoint\(\s*"(?!conversation\.|opencode\.)([^"]+)"/g);
  return [
    ...[...named].map(([, name = ""]) => name),
    ...[spawnSteps, killSteps, restoreSteps].flatMap((steps, index) =>
      steps.flatMap((step) => {
        const place = `${["spawn", "kill", "restore"][index]}.${step.name}`;
        const undo = step.undo ? [`${place}.undo`, `${place}.undone`] : [];
        return [`${place}.before`, `${place}.after`, ...undo];
      }),
    ),
  ];
}

const points = await allPoints();
const hit = new Set<string>();

/** Runs a verb that dies at a point, then an ordinary `ao ls`, until what was begun is ended. */
async function crash(world: World, point: string, words: string[], env = {}): Promise<void> {
  const ran = await world.ao(words, { ...env, AO_FAILPOINT: point });
  expect({ point, signal: ran.signal, stderr: ran.stderr }).toMatchObject({ signal: "SIGKILL" });
  hit.add(point);
  await recovered(world, point);
}

async function recovered(world: World, point: string): Promise<void> {
  const isClosed = async () => {
    await world.must("ls");
    // A pass is made at most once a second, so the first may have come too early.
    const look = () => world.openOperations().length === 0;
    return await waitFor(look, { withinMs: 1_100 }).catch(() => false);
  };
  await waitFor(isClosed, { ...patience, what: `recovery after ${point}` });
  expect({ point, orphans: findOrphans(world) }).toEqual({ point, orphans: [] });
}

function expectRight(world: World, point: string): void {
  expect({ point, orphans: findOrphans(world) }).toEqual({ point, orphans: [] });
}

setDefaultTimeout(600_000);

const worlds: World[] = [];
afterAll(() => {
  for (const world of worlds) world.close();
});

async function newWorld(runtime: "pty" | "tmux"): Promise<World> {
  const world = new World();
  worlds.push(world);
  world.program("agent", '#!/bin/sh\n[ -e "$AO_DATA_DIR/broken" ] && exit 3\nexec sleep 600\n');
  await world.must("project", "add", world.root);
  await world.must("project", "set", "shop", "runtime", runtime);
  return world;
}

async function spawnAgent(world: World): Promise<string> {
  return await world.must("spawn", "--quiet", "--command", "agent", "a task");
}

/** Every kind of work that can be lost: staged, changed, untracked. */
function work(world: World, id: string): void {
  const { worktreePath } = rowOf(world.dataDir, id);
  world.write("readme.txt", "changed\n", worktreePath);
  world.write("new.txt", "untracked\n", worktreePath);
}

function expectWork(world: World, id: string, point: string): void {
  const found = ["readme.txt", "new.txt"].map((path) => contentOf(world, id, path));
  expect({ point, found }).toEqual({ point, found: ["changed", "untracked"] });
}

/** What walks the points of one kind in one world. Each leaves the world as it found it. */
const walks: Record<string, (world: World, points: string[]) => Promise<void>> = {
  async spawn(world, names) {
    for (const point of names) {
      const isUndo = /\.(undo|undone)$/.test(point);
      if (isUndo) world.write("broken", "", world.dataDir);
      await crash(world, point, ["spawn", "--command", "agent", "a task"]);
      expect({ point, rows: readRows(world.dataDir).rows.length }).toEqual({ point, rows: 0 });
      await Bun.file(join(world.dataDir, "broken"))
        .delete()
        .catch(() => undefined);
      const id = await spawnAgent(world);
      expectRight(world, point);
      await world.must("session", "kill", id, "--purge");
      await world.must("session", "rm", id);
    }
  },

  async kill(world, names) {
    const id = await spawnAgent(world);
    for (const point of names) {
      work(world, id);
      await crash(world, point, ["session", "kill", id]);
      expect(rowOf(world.dataDir, id)).toMatchObject({ terminationReason: "killed" });
      expect(rowOf(world.dataDir, id).escrowRef).toStartWith("refs/ao/escrow/");
      expectWork(world, id, point);
      await world.must("session", "kill", id);
      await world.must("session", "restore", id);
      expectRight(world, point);
    }
  },

  async restore(world, names) {
    const id = await spawnAgent(world);
    work(world, id);
    await world.must("session", "kill", id, "--purge");
    for (const point of names) {
      const isUndo = /\.(undo|undone)$/.test(point);
      if (isUndo) world.write("broken", "", world.dataDir);
      await crash(world, point, ["session", "restore", id]);
      expect(rowOf(world.dataDir, id)).toMatchObject({ terminationReason: "killed" });
      expectWork(world, id, point);
      await Bun.file(join(world.dataDir, "broken"))
        .delete()
        .catch(() => undefined);
      await world.must("session", "restore", id);
      expectRight(world, point);
      expectWork(world, id, point);
      await world.must("session", "kill", id, "--purge");
    }
  },

  async cleanup(world, names) {
    const id = await spawnAgent(world);
    for (const point of names) {
      work(world, id);
      await world.must("session", "kill", id);
      await crash(world, point, ["session", "cleanup", id, "--purge"]);
      await world.must("session", "cleanup", id, "--purge");
      expect(rowOf(world.dataDir, id).purgedAt).toBeNumber();
      expectWork(world, id, point);
      await world.must("session", "restore", id);
      expectRight(world, point);
      expectWork(world, id, point);
    }
  },

  async deliver(world, names) {
    const typed = join(world.folder, "typed");
    const composer = join(import.meta.dir, "../fixtures/bin/composer.ts");
    const line = `${process.execPath} ${composer} ${typed} bracketed`;
    const id = await world.must("spawn", "--quiet", "--command", line);
    const texts: string[] = [];
    for (const point of names) {
      texts.push(`text of ${point}`, `after ${point}`);
      // The helper of a command before would deliver the text in place of the one that dies.
      const helpers = () => processesOf(world.dataDir).filter(({ kind }) => kind === "helper");
      await waitFor(() => helpers().length === 0, { ...patience, what: "the end of helpers" });
      await crash(world, point, ["send", id, `text of ${point}`]);
      await world.must("send", id, `after ${point}`);
      const lines = (await Bun.file(typed).text()).trim().split("\n");
      expect(lines.map((one) => JSON.parse(one).text)).toEqual(texts);
    }
  },
};

/** On tmux only where the runtime makes a difference. */
const tmuxPoints =
  /^(spawn\.(launch|confirm)|kill\.stop\.after|restore\.(sweep|launch|confirm)|deliver)/;

/** Few points to a world, since most of the time is spent waiting for the next pass. */
const perWorld = 6;

const shares = Object.keys(walks).flatMap((kind) => {
  const own = points.filter((point) => point.startsWith(`${kind}.`));
  const onTmux = hasTmux ? own.filter((point) => tmuxPoints.test(point)) : [];
  return [...share("pty", kind, own), ...share("tmux", kind, onTmux)];
});

function share(runtime: "pty" | "tmux", kind: string, names: string[]) {
  const count = Math.ceil(names.length / perWorld);
  return Array.from({ length: count }, (_, part) => ({
    runtime,
    kind,
    part: `${part + 1}/${count}`,
    names: names.slice(part * perWorld, (part + 1) * perWorld),
  }));
}

describe.concurrent("a process that is killed", () => {
  test.each(shares)(
    "on $runtime at a point of $kind ($part) is set right by the next command",
    async ({ runtime, kind, names }) => {
      await walks[kind]?.(await newWorld(runtime), names);
    },
  );
});

test("a fail-point that no walk has hit does not exist", () => {
  expect(points.filter((point) => !hit.has(point))).toEqual([]);
});
