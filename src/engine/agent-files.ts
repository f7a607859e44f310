import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { AgentLaunch, WorktreeFiles } from "../agent/port.ts";
import { agents } from "../agent/table.ts";
import type { LaunchSpec } from "../runtime/port.ts";
import type { Engine } from "./engine.ts";
import { addTrust } from "./trust-entries.ts";

/** How a folder is known again in which files were put before. */
const mark = "# These files belong to one `ao` session.";

/** Writes what an agent's program reads besides its arguments, and has it trust its worktree. */
export function writeAgentFiles(
  engine: Engine,
  name: string,
  launch: AgentLaunch,
  spec: LaunchSpec,
): void {
  for (const { path, content } of launch.files ?? []) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, content, { mode: 0o600 });
  }
  const { worktreeFiles } = launch;
  if (worktreeFiles && !writeWorktreeFiles(spec.cwd, worktreeFiles)) {
    const { folder } = worktreeFiles;
    engine.progress.note(`the repository has its own ${folder}, so ${name} reports nothing`);
  }
  const trustList = agents.get(name)?.trustList;
  if (trustList) addTrust(engine, trustList, spec.env, spec.cwd);
}

/**
 * Puts an agent's files into a folder of its worktree, with a `.gitignore` that hides them and
 * itself. Returns false, and writes nothing, where the repository has one of the files already.
 */
function writeWorktreeFiles(worktree: string, wanted: WorktreeFiles): boolean {
  const folder = join(worktree, wanted.folder);
  const ignore = join(folder, ".gitignore");
  const names = Object.keys(wanted.files);
  const isOwn = existsSync(ignore) && readFileSync(ignore, "utf8").startsWith(mark);
  if (!isOwn && [".gitignore", ...names].some((name) => existsSync(join(folder, name)))) {
    return false;
  }
  mkdirSync(folder, { recursive: true });
  const hidden = [".gitignore", ...names].map((name) => `/${name}`);
  writeFileSync(ignore, `${[mark, ...hidden].join("\n")}\n`);
  for (const [name, content] of Object.entries(wanted.files)) {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  }
  return true;
}
