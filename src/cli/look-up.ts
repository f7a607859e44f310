import { agents } from "../agent/table.ts";
import { loadConfig } from "../engine/config.ts";
import { unreadNotifications } from "../store/notification.ts";
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
      return agentNames(open());
    case "pr":
      return [...new Set(listPrs(open(), {}).map(({ number }) => String(number)))];
    case "notification":
      return unreadNotifications(open());
    default:
      return [];
  }
}

/** Of the person and of every project: which one will be meant is not known yet. */
function agentNames(store: Store): string[] {
  const projects = [undefined, ...listProjects(store)];
  const defined = projects.flatMap((project) => {
    return Object.keys(loadConfig(store.dataDir, project).agents);
  });
  return [...agents.keys(), ...new Set(defined)];
}
