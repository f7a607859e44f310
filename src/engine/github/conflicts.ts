import type { PrObservation } from "../../domain/observation.ts";
import { AoError } from "../../error.ts";
import { chooseBase, resolveCommit } from "../../git/base.ts";
import { conflictingFiles } from "../../git/conflict.ts";
import type { PrRow } from "../../store/observation.ts";
import { getProject } from "../../store/project.ts";
import type { Engine } from "../engine.ts";

/** A base that must be fetched first is waited for no longer than this. */
const fetchMs = 5_000;

/**
 * Which files a conflicting pull request conflicts in, as far as both commits can be had; what
 * was found before stays while neither side has moved.
 */
export async function findConflicts(
  engine: Engine,
  known: Pick<PrRow, "projectId"> & Partial<PrRow>,
  seen: PrObservation,
): Promise<string[]> {
  if (seen.mergeability !== "conflicting") return [];
  const isSame = known.headSha === seen.headSha && known.baseSha === seen.baseSha;
  const wasConflicting = known.mergeability === "conflicting";
  if (isSame && wasConflicting) return JSON.parse(known.conflictFiles ?? "[]");
  const { path: root, defaultBranch } = getProject(engine.store, known.projectId);
  await bringBase(root, defaultBranch, seen);
  return await conflictingFiles({ root, ours: seen.baseSha, theirs: seen.headSha });
}

async function bringBase(root: string, defaultBranch: string, seen: PrObservation): Promise<void> {
  if (await resolveCommit(root, seen.baseSha)) return;
  try {
    const base = `origin/${seen.baseRef}`;
    await chooseBase({ root, defaultBranch, base, fetchTimeoutMs: fetchMs });
  } catch (error) {
    // A base that cannot be had leaves the files unknown; that it conflicts is known all the same.
    if (!(error instanceof AoError)) throw error;
  }
}
