import type { Status } from "../../domain/status.ts";
import type { SessionView } from "../../engine/view.ts";
import type { Column } from "../table.ts";
import type { Paint } from "../text.ts";
import { relativeTime } from "../time.ts";

/** The columns of `ao ls`; `now` in Unix milliseconds. */
export function sessionTable(now: number): Column<SessionView>[] {
  return [
    { header: "SESSION", value: (one) => one.id, paint: (text, _one, paint) => paint.bold(text) },
    {
      header: "STATUS",
      value: (one) => one.status,
      paint: (text, one, paint) => paintStatus(text, one.status, paint),
    },
    { header: "AGENT", value: (one) => one.agent },
    { header: "PR", value: prText },
    { header: "AGE", value: (one) => relativeTime(Date.parse(one.createdAt), now), align: "right" },
    { header: "BRANCH", value: (one) => one.branch, giveWay: 1 },
    { header: "TITLE", value: (one) => one.title, giveWay: 2 },
  ];
}

/** Its pull requests in a few characters. */
export function prText(one: SessionView): string {
  const [first, ...others] = one.prs;
  if (!first) return "-";
  const numbers = others.length === 0 ? `#${first.number}` : `#${first.number} +${others.length}`;
  // What the status says already is not said twice.
  const isToldBefore = one.prStatus === null || one.prStatus === one.status;
  return isToldBefore ? numbers : `${numbers} ${one.prStatus}`;
}

const waiting: readonly Status[] = ["needs_approval", "needs_input", "review_pending", "no_signal"];
const broken: readonly Status[] = ["stuck", "failed", "lost", "ci_failed", "merge_conflict"];
const good: readonly Status[] = ["mergeable", "approved", "merged", "done"];

/** Colours a status by what it calls for. */
export function paintStatus(text: string, status: Status, paint: Paint): string {
  if (broken.includes(status)) return paint.red(text);
  if (waiting.includes(status)) return paint.yellow(text);
  if (good.includes(status)) return paint.green(text);
  return status === "working" ? paint.cyan(text) : text;
}
