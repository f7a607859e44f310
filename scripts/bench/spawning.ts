import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { settleMs } from "../../src/engine/launch.ts";
import type { Ground, Group } from "./ground.ts";
import { type Line, line } from "./line.ts";
import { pairedMedians } from "./sample.ts";

const rounds = 15;
const files = 500;

/** What `ao spawn` adds to what git needs. */
export const spawning: Group = { name: "spawn", run: async (ground) => [await spawn(ground)] };

async function spawn(ground: Ground): Promise<Line> {
  const dataDir = ground.dataDir("spawn");
  // Two repositories, because git looks at every work tree that a repository has.
  const root = makeRepository(ground, "repository");
  const bare = makeRepository(ground, "bare-repository");
  ground.run(dataDir, ["project", "add", root, "--id", "shop"]);
  const ids: string[] = [];
  let count = 0;
  const own = () => {
    const words = ["spawn", "--quiet", "--project", "shop", "--command", "sleep 1000"];
    const startedAt = performance.now();
    const id = ground.run(dataDir, words, root).trim();
    const tookMs = performance.now() - startedAt - settleMs;
    ids.push(id);
    return tookMs;
  };
  const byHand = () => {
    const name = `tree-${(count += 1)}`;
    const path = join(ground.folder, "trees", name);
    const add = ["git", "worktree", "add", "--quiet", "--no-track", "-b", name, path, "main"];
    ground.runProgram(add, dataDir, bare);
    ground.start(["sleep", "1000"], dataDir);
  };
  try {
    const { measured, baseline } = await pairedMedians(rounds, own, byHand);
    return line({
      name: "spawn",
      what: `ao spawn, pty, ${files} files`,
      unit: "ms",
      measured,
      baseline: { what: "git worktree add + start", value: baseline },
      limit: { of: "ratio", most: 1.8 },
      note: `without the ${settleMs} ms for which the agent is watched`,
    });
  } finally {
    for (const id of ids) ground.run(dataDir, ["session", "kill", id]);
  }
}

/** A repository with files of a few kilobytes in twenty folders. */
export function makeRepository(ground: Ground, name: string): string {
  const root = join(ground.folder, name);
  for (let index = 0; index < files; index++) {
    const folder = join(root, `folder-${index % 20}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${index}.txt`), `line ${index}\n`.repeat(300));
  }
  const none = ground.dataDir("none");
  for (const words of [
    ["init", "-q", "-b", "main"],
    ["add", "-A"],
    ["commit", "-qm", "Begin"],
  ]) {
    ground.runProgram(["git", ...words], none, root);
  }
  return root;
}
