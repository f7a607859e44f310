import { notifications, type NotificationView } from "../../engine/notify/notifications.ts";
import { briefPass } from "../../engine/pass.ts";
import { getProject } from "../../store/project.ts";
import { command } from "../command.ts";
import { relativeTime } from "../time.ts";

/** Enough of an id to tell it from the others. */
const shown = 8;

export const ls = command({
  meta: { name: "ls", description: "List notifications, the newest first" },
  details:
    "Shows what was not read and is not over. With `--all` the rest comes below it: what was " +
    "read, and what ended by itself, such as a question that was answered.",
  args: {
    all: { type: "boolean", alias: "a", description: "Also what was read, and what is over" },
  },
  example: "ao notify ls",
  async run({ output, openEngine, globals }, args) {
    const engine = await openEngine();
    const projectId = globals.project;
    if (projectId !== undefined) getProject(engine.store, projectId);
    await briefPass(engine);
    const found = notifications(engine, { projectId, withAll: args.all });
    if (output.isJson) return output.json({ notifications: found });
    const now = Date.now();
    output.table<NotificationView>(
      found,
      [
        {
          header: "ID",
          value: ({ id }) => id.slice(0, shown),
          paint: (text, _one, paint) => paint.bold(text),
        },
        {
          header: "KIND",
          value: ({ type }) => type,
          paint: (text, one, paint) => (isOpen(one) ? paint.yellow(text) : text),
        },
        { header: "SESSION", value: ({ sessionId }) => sessionId ?? "-" },
        { header: "AGE", value: (one) => ageOf(one, now), align: "right" },
        ...(args.all ? [{ header: "STATE", value: stateOf }] : []),
        { header: "TITLE", value: ({ title }) => title, giveWay: 1 },
      ],
      args.all ? "no notifications" : "nothing new; for what is over: `ao notify ls --all`",
    );
  },
});

function ageOf({ createdAt }: NotificationView, now: number): string {
  return relativeTime(Date.parse(createdAt), now);
}

function isOpen({ seenAt, resolvedAt }: NotificationView): boolean {
  return seenAt === null && resolvedAt === null;
}

function stateOf({ seenAt, resolvedAt }: NotificationView): string {
  if (resolvedAt !== null) return "over";
  return seenAt === null ? "new" : "read";
}
