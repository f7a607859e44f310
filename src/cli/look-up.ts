import { agents } from "../agent/table.ts";
import { listPrs } from "../store/observation.ts";
import { listProjects } from "../store/project.ts";
import { sessionIds } from "../store/session.ts";
import type { Store } from "../store/store.ts";
import type { CompletionKind } from "./command.ts";

/** Names that the shell offers for a kind of value. */
export function candidatesFor(kind: CompletionKind, open: () => Store): string[] {
  switch (kind) {
    case "session":
      return sessionIds(open(), true);
    case "project":
      return listProjects(open()).map((project) => project.id);
    case "agent":
      return [...agents.keys()];
    case "pr":
      return [...new Set(listPrs(open(), {}).map(({ number }) => String(number)))];
    default:
      return [];
  }
}
