import { pulls, type PullView } from "../../engine/github/pull.ts";
import { briefPass } from "../../engine/pass.ts";
import { command } from "../command.ts";
import type { Column } from "../table.ts";
import type { Paint } from "../text.ts";
import { relativeTime } from "../time.ts";

export const ls = command({
  meta: { name: "ls", description: "List pull requests" },
  details:
    "Shows the open pull requests of sessions in all projects, last changed first; with `--all` " +
    "also those that were merged or closed, and those whose session was removed, which are not " +
    "watched any more. THREADS counts the open ones with a person in them.",
  args: {
    all: { type: "boolean", alias: "a", description: "Also those that have ended" },
  },
  example: "ao pr ls --all --project shop",
  async run({ output, openEngine, globals }, args) {
    const engine = await openEngine();
    await briefPass(engine);
    const prs = pulls(engine, { projectId: globals.project, withClosed: args.all });
    if (output.isJson) return output.json({ prs });
    const empty = args.all
      ? "no pull requests are known"
      : "no open pull requests; `ao pr ls --all`";
    output.table(prs, columns(prs, Date.now()), empty);
  },
});

function columns(prs: readonly PullView[], now: number): Column<PullView>[] {
  const hasManyProjects = new Set(prs.map(({ projectId }) => projectId)).size > 1;
  const project: Column<PullView> = { header: "PROJECT", value: (one) => one.projectId };
  return [
    {
      header: "PR",
      value: ({ number }) => `#${number}`,
      paint: (text, _one, paint) => paint.bold(text),
    },
    ...(hasManyProjects ? [project] : []),
    { header: "SESSION", value: ({ sessionId }) => sessionId ?? "-" },
    {
      header: "STATUS",
      value: ({ status }) => status,
      paint: (text, one, paint) => paintStatus(text, one, paint),
    },
    { header: "CI", value: ({ ci }) => ci },
    { header: "REVIEW", value: ({ review }) => review },
    { header: "THREADS", value: (one) => String(one.unresolvedThreads), align: "right" },
    { header: "MERGEABLE", value: mergeable },
    { header: "AGE", value: (one) => relativeTime(Date.parse(one.createdAt), now), align: "right" },
    { header: "TITLE", value: ({ title }) => title, giveWay: 1 },
  ];
}

function mergeable({ state, isReady, ci, mergeability, mergeReasons }: PullView): string {
  if (state === "merged" || state === "closed") return "-";
  if (isReady) return "yes";
  // GitHub's rules block whatever else is in the way, too.
  const isRule = (reason: string) => reason === "blocked_by_rules";
  const others = mergeReasons.filter((reason) => !isRule(reason));
  if (ci === "pending" && mergeReasons.some(isRule)) others.push("ci_pending");
  return (others.length > 0 ? others : mergeReasons).join(",") || mergeability;
}

function paintStatus(text: string, { status, isReady }: PullView, paint: Paint): string {
  if (isReady || status === "merged") return paint.green(text);
  if (status === "ci_failed" || status === "merge_conflict") return paint.red(text);
  return status === "changes_requested" || status === "review_pending" ? paint.yellow(text) : text;
}
