import { type PullDetails, pullDetails, type PullThread } from "../../engine/github/pull.ts";
import { briefPass } from "../../engine/pass.ts";
import { command } from "../command.ts";
import { oneLine, truncate } from "../text.ts";
import { timeAgo } from "../time.ts";
import { chosenPull, freshPull, pullArgument } from "./choose.ts";

/** As much of a comment, and of a list of files in conflict, as is shown. */
const commentColumns = 200;
const conflictColumns = 600;

export const show = command({
  meta: { name: "show", description: "Show why a pull request stands where it stands" },
  details: "Tells what was last seen of it; with `--fresh` GitHub is asked first.",
  args: {
    pr: pullArgument,
    fresh: { type: "boolean", description: "Look at GitHub first" },
  },
  example: "ao pr show 231",
  async run({ output, openEngine, globals }, args) {
    const engine = await openEngine();
    await briefPass(engine);
    const find = args.fresh ? freshPull : chosenPull;
    const found = pullDetails(engine, await find(engine, globals, args.pr));
    output.result(found, () => render(found, Date.now()));
  },
});

function render(pr: PullDetails, now: number): string {
  const age = (at: string) => timeAgo(Date.parse(at), now);
  const files = pr.changedFiles === 1 ? "1 file" : `${pr.changedFiles} files`;
  const rows: [string, string][] = [
    ["url", pr.url],
    ["session", pr.sessionId ?? "none"],
    ["author", pr.author],
    ["status", pr.status],
    ["branch", `${pr.headRef} into ${pr.baseRef}`],
    ["stacked on", pr.stackedOn ? `#${pr.stackedOn.number} ${pr.stackedOn.title}` : ""],
    ["head", pr.headSha],
    ["changes", `${files}, +${pr.additions} -${pr.deletions}`],
    ["ci", pr.ci],
    ["review", pr.review],
    ["merge", mergeText(pr)],
    ["conflicts", truncate(pr.conflictFiles.map(oneLine).join(", "), conflictColumns)],
    ["seen", age(pr.observedAt)],
  ];
  return [
    `#${pr.number} ${oneLine(pr.title)}`,
    ...rows
      .filter(([, value]) => value !== "")
      .map(([name, value]) => `  ${name.padEnd(10)}  ${oneLine(value)}`),
    ...section("checks that have not passed", pr.checks.map(checkText)),
    ...section(
      "reviews",
      pr.reviews.filter(saysSomething).map((one) => reviewText(one, age)),
    ),
    ...section("open threads", pr.threads.flatMap(threadLines)),
  ].join("\n");
}

function mergeText({ state, isReady, obstacles, mergeability }: PullDetails): string {
  if (state === "merged" || state === "closed") return state;
  if (isReady) return "ready";
  return obstacles.length > 0 ? obstacles.map(({ text }) => text).join("; ") : mergeability;
}

function section(name: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ["", `${name}:`, ...lines.map((line) => `  ${line}`)];
}

function checkText({ name, status, failingStep, url }: PullDetails["checks"][number]): string {
  const step = failingStep === "" ? "" : ` at ${failingStep}`;
  return oneLine(`${status} ${name}${step} ${url}`);
}

/** GitHub wraps each comment on a line into a review, which is most often empty. */
function saysSomething({ state, body }: PullDetails["reviews"][number]): boolean {
  return state !== "commented" || body !== "";
}

function reviewText(
  { login, association, state, body, submittedAt }: PullDetails["reviews"][number],
  age: (at: string) => string,
): string {
  const said = body === "" ? "" : `: ${oneLine(body)}`;
  return truncate(
    `${oneLine(login)} (${association}) ${state} ${age(submittedAt)}${said}`,
    commentColumns,
  );
}

function threadLines({ id, path, line, isOutdated, comments }: PullThread): string[] {
  const place = line === null ? path : `${path}:${line}`;
  return [
    oneLine(`${place}  ${id}${isOutdated ? "  (outdated)" : ""}`),
    ...comments.map(({ login, association, body }) =>
      truncate(`  ${oneLine(login)} (${association}): ${oneLine(body)}`, commentColumns),
    ),
  ];
}
