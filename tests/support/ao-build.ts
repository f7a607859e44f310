import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { waitFor } from "./wait.ts";

const root = dirname(dirname(import.meta.dir));
const program = join(root, "dist", "ao");
const lock = join(root, "dist", ".building");
const buildMs = 120_000;

let building: Promise<string> | undefined;

/** The compiled program; built first when a source is newer, by one process at a time. */
export function aoProgram(): Promise<string> {
  building ??= buildWhenOld();
  return building;
}

async function buildWhenOld(): Promise<string> {
  if (await isFresh()) return program;
  mkdirSync(dirname(lock), { recursive: true });
  await waitFor(takeLock, { withinMs: buildMs, what: "the lock of the build" });
  try {
    // Another process may have built it while this one waited.
    if (!(await isFresh())) await build();
    return program;
  } finally {
    rmSync(lock, { force: true });
  }
}

async function isFresh(): Promise<boolean> {
  const built = statSync(program, { throwIfNoEntry: false })?.mtimeMs;
  if (built === undefined) return false;
  const sources = ["package.json", "scripts/build.ts"];
  // Folders too: their time tells of files that were removed.
  for (const pattern of ["src/**", "sql/**"]) {
    const options = { cwd: root, onlyFiles: false };
    for await (const path of new Bun.Glob(pattern).scan(options)) sources.push(path);
  }
  return sources.every((path) => statSync(join(root, path)).mtimeMs <= built);
}

/** A name of its own until it is complete, so that nobody ever starts half a program. */
async function build(): Promise<void> {
  const folder = join(root, "dist", `.build-${process.pid}`);
  const outfile = join(folder, "ao");
  const startedAt = new Date();
  try {
    const child = Bun.spawn([process.execPath, "scripts/build.ts", "--outfile", outfile], {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const errors = await new Response(child.stderr).text();
    if ((await child.exited) !== 0) throw new Error(`the build failed: ${errors}`);
    renameSync(outfile, program);
    // What was changed during the build may not be in it.
    utimesSync(program, startedAt, startedAt);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function takeLock(): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    // It is somebody's: a dead owner's lock is removed, a living one is waited for.
    if (!isOwned()) rmSync(lock, { force: true });
    return false;
  }
}

function isOwned(): boolean {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    // Between its making and its writing the file is empty.
    return pid === 0 ? Date.now() - statSync(lock).mtimeMs < 5_000 : process.kill(pid, 0);
  } catch {
    return false;
  }
}
