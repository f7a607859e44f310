import { sessionId } from "../domain/ids.ts";
import { hasRefsBelow } from "../git/layout.ts";
import { type Project, takeSessionNumber } from "../store/project.ts";
import type { Transaction } from "../store/store.ts";

/** The next number of a project whose branches and escrows nobody else has in the repository. */
export function takeFreeNumber(tx: Transaction, project: Project): number {
  for (;;) {
    const number = takeSessionNumber(tx, project.id);
    if (!isTaken(project, sessionId(project.id, number))) return number;
  }
}

/**
 * Whether the repository knows a session of this id already: another data directory may use the
 * same repository, with a project of the same name.
 */
export function isTaken({ path }: Pick<Project, "path">, id: string): boolean {
  const places = [`refs/heads/ao/${id}/`, `refs/ao/escrow/${id}/`];
  return places.some((place) => hasRefsBelow(path, place));
}
