import { markAllRead, markRead } from "../../engine/notify/notifications.ts";
import { AoError } from "../../error.ts";
import { getProject } from "../../store/project.ts";
import { command } from "../command.ts";

export const read = command({
  meta: { name: "read", description: "Mark notifications as read" },
  details: "The beginning of an id is enough, from four characters on.",
  args: {
    ids: {
      type: "positional",
      required: false,
      repeated: true,
      description: "Which ones",
      complete: "notification",
    },
    all: { type: "boolean", alias: "a", description: "All of them, or all of `--project`" },
  },
  example: "ao notify read --all",
  async run({ output, openEngine, globals }, { ids, all }) {
    if (all === ids.length > 0) {
      const what = all ? "ids and `--all` exclude each other" : "missing argument <ids>";
      throw new AoError("usage", what, "ao notify ls");
    }
    const engine = await openEngine();
    const projectId = globals.project;
    if (projectId !== undefined) getProject(engine.store, projectId);
    const marked = all ? markAllRead(engine, projectId) : markRead(engine, ids);
    if (output.isJson) return output.json({ read: marked });
    output.note(marked.length === 0 ? "nothing was unread" : `${marked.length} marked as read`);
  },
});
