import { expect, setDefaultTimeout, test } from "bun:test";

import { spentByPurpose } from "../../src/domain/quota.ts";
import { readQuota } from "../../src/store/quota.ts";
import { Crowd } from "./crowd.ts";
import { Desk } from "./desk.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(180_000);

const minute = 60_000;
const hour = 60 * minute;

test("fifty quiet pull requests cost at most 125 points an hour, with finding them", async () => {
  await using crowd = new Crowd();
  await crowd.watch(hour);
  const { points, requests } = crowd.server.spent();
  expect(crowd.rows()).toHaveLength(50);
  expect(points).toBeLessThanOrEqual(125);
  expect(requests).toBe(0);
  const ages = crowd.rows().map(({ observedAt }) => crowd.now - observedAt);
  expect(Math.max(...ages)).toBeLessThanOrEqual(minute);
});

test("fifty pull requests with CI running cost at most 500 points an hour", async () => {
  await using crowd = new Crowd();
  const ids = crowd.refs.map((ref) => crowd.server.check(ref, { name: "test" }));
  await crowd.pass();
  crowd.server.forgetCalls();
  // A quarter of it: the hour itself is measured by the bench.
  for (let count = 0; count < 3; count++) {
    await crowd.watch(5 * minute);
    // Some end, and run again on the next push.
    const [ref = "", id = 0] = [crowd.refs[count], ids[count]];
    crowd.server.changeCheck(ref, id, { conclusion: "SUCCESS" });
    crowd.server.change(ref, { sha: crowd.repository.git("rev-parse", `HEAD~${count}`) });
    crowd.server.check(ref, { name: "test" });
  }
  expect(crowd.server.spent().points).toBeLessThanOrEqual(500 / 4);
  const ages = crowd.rows().map(({ observedAt }) => crowd.now - observedAt);
  expect(Math.max(...ages)).toBeLessThanOrEqual(15_000);
});

test("one that always fails leaves the other 49 fresh, and is asked for ever less", async () => {
  await using crowd = new Crowd();
  await crowd.pass();
  const [broken = ""] = crowd.refs;
  crowd.server.breakPr(broken, { type: "", message: "Something went wrong while executing this" });
  crowd.server.forgetCalls();
  await crowd.watch(hour / 2);
  const stale = crowd.rows().filter(({ observedAt }) => crowd.now - observedAt > minute);
  expect(stale.map(({ key }) => key)).toEqual([`github.com/${broken}`]);
  expect(crowd.server.spent().points).toBeLessThanOrEqual(63);
  crowd.server.breakPr(broken);
  await crowd.watch(11 * minute);
  expect(crowd.now - (crowd.row(broken)?.observedAt ?? 0)).toBeLessThanOrEqual(minute);
});

test("only what is hot is looked at often, and what rides along costs nothing", async () => {
  await using desk = new Desk();
  desk.project();
  const hot = desk.pr();
  const quiet = desk.pr();
  desk.move(5 * minute);
  await desk.pass();
  desk.server.check(hot, { name: "test" });
  await desk.watch(2 * minute);
  desk.server.forgetCalls();
  await desk.watch(10 * minute);
  const asked = (ref: string) => {
    const number = ref.split("#")[1];
    return desk.server.calls.filter((call) => call.numbers.includes(Number(number))).length;
  };
  expect(asked(hot)).toBe(40);
  expect(asked(quiet)).toBeLessThanOrEqual(20);
  expect(desk.server.spent().points).toBe(40);
});

test("what belongs to ended sessions is looked at every ten minutes", async () => {
  await using desk = new Desk();
  desk.project();
  desk.pr();
  await desk.pass();
  desk.sample.raw.run(
    "update session set is_terminated = 1, termination_reason = 'killed', terminated_at = 1",
  );
  desk.server.forgetCalls();
  await desk.watch(hour);
  expect(desk.server.spent().points).toBe(6);
});

test("what was spent is kept by purpose for an hour", async () => {
  await using desk = new Desk();
  desk.project();
  const ref = desk.pr();
  desk.server.thread(ref, { path: "a.ts" });
  desk.server.check(ref, { name: "test", conclusion: "FAILURE", log: "bad" });
  await desk.pass();
  const quota = readQuota(desk.store, "github.com");
  expect(spentByPurpose(quota, desk.now)).toEqual([
    { purpose: "pull requests", points: 2, requests: 0 },
    { purpose: "discussions", points: 1, requests: 0 },
    { purpose: "logs", points: 0, requests: 2 },
  ]);
  expect(quota.graphql).toMatchObject({ limit: 5_000, remaining: 4_997 });
  expect(spentByPurpose(quota, desk.now + hour + 1)).toEqual([]);
});
