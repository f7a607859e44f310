import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { Session } from "../../src/domain/session.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { spawn } from "../../src/engine/spawn.ts";
import type { RuntimeName } from "../../src/runtime/port.ts";
import type { Project } from "../../src/store/project.ts";
import type { World } from "../support/engine.ts";
import { waitFor } from "../support/wait.ts";

const fixtures = join(dirname(import.meta.dir), "fixtures", "bin");
const bun = process.execPath;

/** How a fake agent behaves (tests/fixtures/bin/fake-agent.ts). */
export const kinds = ["drop", "slow", "dialog", "echo", "plain", "exit"] as const;
export type Kind = (typeof kinds)[number] | "calm";

/** One line of what a fake agent wrote down. */
export interface Noted {
  kind: "ready" | "took" | "harm" | "shell" | "answered" | "left";
  text?: string;
  what?: string;
}

/** Puts the fake `claude` on the path. One with an odd seed that exits leaves a shell behind. */
export function addFakes(world: World): void {
  const run = `'${bun}' '${join(fixtures, "fake-agent.ts")}' "$@"`;
  const shell = `set -m; '${bun}' '${join(fixtures, "fake-shell.ts")}'`;
  const lines = [
    "#!/bin/sh",
    `case "$*" in *exit-*[13579]" "*) ${run}; ${shell} ;; *) exec ${run} ;; esac`,
  ];
  world.program("claude", `${lines.join("\n")}\n`);
}

/** Starts a fake agent and waits until it can take a text. */
export async function spawnFake(
  { engine, project, world }: { engine: Engine; project: Project; world: World },
  { kind, seed = 0, runtime = "pty" }: { kind: Kind; seed?: number; runtime?: RuntimeName },
): Promise<Session> {
  const program = `'${bun}' '${join(fixtures, "fake-agent.ts")}' plain-${seed}`;
  const how =
    kind === "plain" ? { command: program } : { agent: "claude-code", model: `${kind}-${seed}` };
  const session = await spawn(engine, { project, prompt: "", runtime, ...how });
  const isReady = () => notesOf(world, session.id).some((note) => note.kind === "ready");
  await waitFor(isReady, { withinMs: 30_000, what: `${kind} fake ${session.id}` });
  return session;
}

/** What a fake agent wrote down so far. */
export function notesOf(world: World, id: string): Noted[] {
  const path = join(world.dataDir, "fakes", `${id}.jsonl`);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

/** The texts that a fake agent took, in order. */
export function tookOf(world: World, id: string): string[] {
  return notesOf(world, id).flatMap(({ kind, text }) => (kind === "took" ? [text ?? ""] : []));
}

/** Whether a fake agent has ended by itself. */
export function hasLeft(world: World, id: string): boolean {
  return notesOf(world, id).some(({ kind }) => kind === "left");
}

/** What hit a dialog or a shell. */
export function harmOf(world: World, id: string): Noted[] {
  return notesOf(world, id).filter(({ kind }) => kind === "harm" || kind === "shell");
}

/**
 * A dialog, its other choice, its going away unanswered; a long call after it; no ears for Enter;
 * the agent's end.
 */
export type Wish = "asked" | "other" | "vanish" | "long" | "deaf" | "leave";

/** Asks a fake agent for something. Returns the file that says so. */
export function wish(world: World, id: string, what: Wish): string {
  const folder = join(world.dataDir, "fakes");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${id}.${what}`);
  writeFileSync(path, "");
  return path;
}
