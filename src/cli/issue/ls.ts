import { issues, type IssueView } from "../../engine/github/issue.ts";
import { chooseProject } from "../../engine/project.ts";
import { command } from "../command.ts";
import { parseCount, relativeTime } from "../time.ts";

export const ls = command({
  meta: { name: "ls", description: "List the issues of a project's repository" },
  details: "Shows the open issues, last changed first, as its host has them now.",
  args: {
    all: { type: "boolean", alias: "a", description: "Also closed ones" },
    label: { type: "string", repeated: true, description: "Only with this label" },
    assignee: { type: "string", valueHint: "login", description: "Only those of a person, or *" },
    limit: { type: "string", default: "30", valueHint: "count", description: "At most so many" },
  },
  example: "ao issue ls --label bug",
  async run({ output, openEngine, globals }, args) {
    const limit = parseCount("--limit", args.limit, { min: 1, max: 100 });
    const engine = await openEngine();
    const project = chooseProject(engine, globals.project, process.cwd());
    const found = await issues(engine, project, {
      ...{ labels: args.label, withClosed: args.all, limit },
      ...(args.assignee === undefined ? {} : { assignee: args.assignee }),
    });
    if (output.isJson) return output.json({ issues: found });
    const now = Date.now();
    output.table<IssueView>(
      found,
      [
        {
          header: "ISSUE",
          value: ({ number }) => `#${number}`,
          paint: (text, _one, paint) => paint.bold(text),
        },
        { header: "STATE", value: ({ state }) => state },
        { header: "SESSION", value: ({ sessions }) => sessions.join(", ") || "-" },
        { header: "AUTHOR", value: ({ author }) => author },
        { header: "LABELS", value: ({ labels }) => labels.join(", "), giveWay: 1 },
        {
          header: "CHANGED",
          value: ({ updatedAt }) => relativeTime(Date.parse(updatedAt), now),
          align: "right",
        },
        { header: "TITLE", value: ({ title }) => title, giveWay: 2 },
      ],
      `project ${project.id} has no such issues`,
    );
  },
});
