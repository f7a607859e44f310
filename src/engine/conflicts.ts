import type { PrObservation } from "../domain/observation.ts";
import { conflictingFiles } from "../git/conflict.ts";
import type { PrRow } from "../store/observation.ts";
import { getProject } from "../store/project.ts";
import type { Engine } from "./engine.ts";

/**
 * Which files a conflicting pull request conflicts in, as far as both commits are known here;
 * what was found before stays while neither side has moved.
 */
export async function findConflicts(
  engine: Engine,
  known: PrRow,
  seen: PrObservation,
): Promise<string[]> {
  if (seen.mergeability !== "conflicting") return [];
  const before: string[] = JSON.parse(known.conflictFiles);
  const isSame = known.headSha === seen.headSha && known.baseSha === seen.baseSha;
  if (isSame && before.length > 0) return before;
  const { path: root } = getProject(engine.store, known.projectId);
  return await conflictingFiles({ root, ours: seen.baseSha, theirs: seen.headSha });
}
