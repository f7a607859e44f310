import { quotaJson, quotas, type QuotaView } from "../engine/github/quota.ts";
import { command } from "./command.ts";
import type { Output } from "./output.ts";
import { relativeTime } from "./time.ts";

export const quota = command({
  meta: { name: "quota", description: "Show what is left of GitHub's limits, and who spends it" },
  details:
    "GraphQL is counted in points and REST in calls, each from an hourly budget that all " +
    "programs with the same login share. A tenth of it is left for them: below that, and after a " +
    "refusal, ao looks at nothing in the background until the limit starts anew.",
  args: {},
  example: "ao quota",
  async run({ output, openEngine }) {
    const found = await quotas(await openEngine());
    if (output.isJson) return output.json({ hosts: found.map(quotaJson) });
    const now = Date.now();
    output.table<QuotaView>(
      found,
      [
        {
          header: "HOST",
          value: ({ host }) => host,
          paint: (text, _one, paint) => paint.bold(text),
        },
        { header: "POINTS LEFT", value: ({ graphql }) => amount(graphql) },
        { header: "CALLS LEFT", value: ({ rest }) => amount(rest) },
        { header: "NEW IN", value: (one) => untilReset(one, now) },
        { header: "RESTS FOR", value: (one) => untilRest(one, now) },
      ],
      "no project is on a host with a limit",
    );
    for (const one of found) showHost(output, one);
  },
});

function showHost(output: Output, { host, lastHour, failure, hint, restReason }: QuotaView): void {
  if (failure) output.warn(`${host}: ${failure}${hint ? ` (${hint})` : ""}`);
  if (restReason) output.note(`${host} rests: ${restReason}`);
  if (lastHour.length === 0) return;
  output.line("");
  output.table<QuotaView["lastHour"][number]>(
    lastHour,
    [
      { header: "LAST HOUR", value: ({ purpose }) => purpose },
      { header: "POINTS", value: ({ points }) => String(points), align: "right" },
      { header: "CALLS", value: ({ requests }) => String(requests), align: "right" },
    ],
    "",
  );
}

function amount(left: QuotaView["graphql"]): string {
  return left ? `${left.remaining} of ${left.limit}` : "unknown";
}

function untilReset({ graphql, rest }: QuotaView, now: number): string {
  const times = [graphql, rest].flatMap((left) => (left ? [left.resetAt] : []));
  return times.length > 0 ? relativeTime(now, Math.min(...times)) : "-";
}

function untilRest({ restingUntil }: QuotaView, now: number): string {
  return restingUntil === null ? "-" : relativeTime(now, restingUntil);
}
