import { Crowd } from "../../tests/github/crowd.ts";
import type { Group } from "./ground.ts";
import { type Line, line } from "./line.ts";

const hourMs = 3_600_000;

/** As often as the loop makes a pass. */
const passMs = 5_000;

/**
 * Points that GitHub counts for an hour of watching fifty pull requests in five repositories. The
 * hour passes by a clock that is moved; what it costs is counted by the server, which applies
 * GitHub's published rule to the queries as they come.
 */
export const github: Group = {
  name: "github",
  run: async () => [await quietHour(), await busyHour(), await brokenHour()],
};

async function quietHour(): Promise<Line> {
  await using crowd = new Crowd();
  await crowd.watch(hourMs, passMs);
  const what = "GitHub, 50 quiet pull requests for an hour, finding them included";
  return pointsLine("github-quiet", what, crowd, 125);
}

async function busyHour(): Promise<Line> {
  await using crowd = new Crowd();
  for (const ref of crowd.refs) crowd.server.check(ref, { name: "test" });
  await crowd.watch(hourMs, passMs);
  return pointsLine("github-busy", "GitHub, CI running in all of them", crowd, 500);
}

async function brokenHour(): Promise<Line> {
  await using crowd = new Crowd();
  await crowd.pass();
  const [broken = ""] = crowd.refs;
  crowd.server.breakPr(broken, { type: "", message: "it always fails" });
  await crowd.watch(hourMs, passMs);
  const stale = crowd.rows().filter(({ observedAt }) => crowd.now - observedAt > 60_000);
  return line({
    name: "github-broken",
    what: "GitHub, one of 50 always fails: others that are not fresh",
    unit: "",
    measured: stale.filter(({ key }) => !key.endsWith(broken)).length,
    limit: { of: "measured", most: 0 },
    note: `${crowd.server.spent().points} points in that hour`,
  });
}

function pointsLine(name: string, what: string, crowd: Crowd, most: number): Line {
  const { points, queries, requests } = crowd.server.spent();
  const seen = crowd.rows().length;
  return line({
    name,
    what,
    unit: "points",
    measured: seen === crowd.refs.length ? points : Infinity,
    limit: { of: "measured", most },
    note: `${queries} queries and ${requests} other calls for ${seen} pull requests`,
  });
}
