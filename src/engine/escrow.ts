import { existsSync } from "node:fs";
import { join } from "node:path";

import { AoError } from "../error.ts";
import { type ListedEscrow, listEscrow, restoreEscrow, showEscrow } from "../git/recover.ts";
import { listProjects } from "../store/project.ts";
import { findSession, setPurged } from "../store/session.ts";
import type { Engine } from "./engine.ts";
import { worktreesRoot } from "./paths.ts";
import { withRepository } from "./workspace.ts";

/** An escrow with the project whose repository holds it. */
export interface ProjectEscrow extends ListedEscrow {
  projectId: string;
  root: string;
}

/** Every escrow of every project, archived ones included, or of one session; oldest first. */
export async function listEscrows(engine: Engine, session?: string): Promise<ProjectEscrow[]> {
  const found: ProjectEscrow[] = [];
  for (const project of listProjects(engine.store, true)) {
    if (!existsSync(project.path)) continue;
    const escrows = await listEscrow(project.path, session);
    found.push(...escrows.map((one) => ({ ...one, projectId: project.id, root: project.path })));
  }
  return found.sort((one, other) => one.at - other.at);
}

/**
 * The escrow that a person means: its ref, `<session>/<n>`, or a session for its newest.
 * Throws `not_found`.
 */
export async function findEscrow(engine: Engine, name: string): Promise<ProjectEscrow> {
  const ref = name.startsWith("refs/") ? name : `refs/ao/escrow/${name}`;
  const all = await listEscrows(engine);
  const found =
    all.find((one) => one.ref === ref) ?? all.filter((one) => one.session === name).at(-1);
  if (found) return found;
  throw new AoError("not_found", `escrow ${name} not found`, "ao recover ls");
}

/** What an escrow holds against the commit that it was taken on: summary and patch. */
export async function escrowText(escrow: ProjectEscrow, hasColor: boolean): Promise<string> {
  return await showEscrow(escrow.root, escrow.ref, { hasColor });
}

export interface RecoveredWork {
  path: string;
  branch: string;
}

/**
 * Brings an escrow back as a worktree on a branch: the session's own when both are free, else
 * beside it. Throws `not_found`, `conflict` when a path or branch that was asked for is taken.
 */
export async function recoverEscrow(
  engine: Engine,
  name: string,
  wanted: { into?: string | undefined; branch?: string | undefined },
): Promise<RecoveredWork> {
  const escrow = await findEscrow(engine, name);
  const { root, ref, number } = escrow;
  const session = findSession(engine.store, escrow.session);
  const isHome = session !== undefined && !existsSync(session.worktreePath) && !wanted.into;
  const place = `${escrow.session}-recovered-${number}`;
  const path =
    wanted.into ?? (isHome ? session.worktreePath : recoveredPath(engine, escrow, place));
  const own = isHome ? session.branch : `ao/${escrow.session}/recovered-${number}`;
  const branch = wanted.branch ?? own;
  await withRepository(engine, root, () => restoreEscrow({ root, ref, into: path, branch }));
  if (isHome) engine.store.write((tx) => setPurged(tx, session.id, false));
  return { path, branch };
}

function recoveredPath(engine: Engine, escrow: ProjectEscrow, place: string): string {
  return join(worktreesRoot(engine.dataDir), escrow.projectId, place);
}
