import { existsSync } from "node:fs";

import { AoError } from "../error.ts";
import { type ChangeCount, changedFiles, diffAgainstBase } from "../git/diff.ts";
import { getSession } from "../store/session.ts";
import type { Engine } from "./engine.ts";
import { excludesOf } from "./workspace.ts";

/**
 * What a session has changed against its base: text and counts.
 * Throws `not_found`, and `conflict` when its worktree is gone.
 */
export async function sessionDiff(
  engine: Engine,
  id: string,
  options: { isSummary: boolean; hasColor: boolean },
): Promise<ChangeCount & { text: string }> {
  const { worktreePath: worktree, baseSha } = getSession(engine.store, id);
  if (!existsSync(worktree)) {
    throw new AoError("conflict", `the worktree of ${id} is gone`, `ao recover show ${id}`);
  }
  const where = { worktree, baseSha, env: excludesOf(engine, id) };
  const [text, counts] = await Promise.all([
    diffAgainstBase({ ...where, ...options }),
    changedFiles(where),
  ]);
  return { ...counts, text };
}
