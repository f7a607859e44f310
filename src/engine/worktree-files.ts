import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { WorktreeFiles } from "../agent/port.ts";

/** How a folder is known again in which files were put before. */
const mark = "# These files belong to one `ao` session.";

/**
 * Puts an agent's files into a folder of its worktree, with a `.gitignore` that hides them and
 * itself. Returns false, and writes nothing, where the repository has one of the files already.
 */
export function writeWorktreeFiles(worktree: string, wanted: WorktreeFiles): boolean {
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
