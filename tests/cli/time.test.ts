import { expect, test } from "bun:test";

import { formatMs, parseCount, parseDuration, relativeTime, timeAgo } from "../../src/cli/time.ts";
import { isoTime } from "../../src/domain/time.ts";
import { AoError } from "../../src/error.ts";

test.each([
  ["90s", 90_000],
  ["30m", 1_800_000],
  ["2h", 7_200_000],
  ["7d", 604_800_000],
  ["1w", 604_800_000],
  ["1h30m", 5_400_000],
  ["0s", 0],
])("parseDuration %s gives %d ms", (text, ms) => {
  expect(parseDuration("--since", text)).toBe(ms);
});

test.each(["", "5", "m", "-5m", "1.5h", "2 h", "2h ", "5min", "9".repeat(20) + "d"])(
  "parseDuration %j is a usage error",
  (text) => {
    expect(() => parseDuration("--since", text)).toThrow(
      new AoError("usage", `--since is "${text}", expected a duration such as 30m`),
    );
  },
);

test("parseCount takes whole numbers within its limits", () => {
  expect(parseCount("--limit", "50", { min: 1, max: 50 })).toBe(50);
  expect(() => parseCount("--limit", "51", { min: 1, max: 50 })).toThrow(
    '--limit is "51", expected a whole number from 1 to 50',
  );
  for (const text of ["", "-1", "1e3", "0x10", "1.0", " 1"]) {
    expect(() => parseCount("--limit", text)).toThrow("expected a whole number at least 0");
  }
});

test("relativeTime shows one unit", () => {
  const now = 10_000_000_000;
  const cases: [agoMs: number, text: string][] = [
    [-5_000, "now"],
    [999, "now"],
    [40_000, "40s"],
    [60_000, "1m"],
    [3_599_999, "59m"],
    [47 * 3_600_000, "47h"],
    [48 * 3_600_000, "2d"],
    [27 * 86_400_000, "27d"],
    [28 * 86_400_000, "4w"],
  ];
  for (const [ago, text] of cases) expect(relativeTime(now - ago, now)).toBe(text);
});

test("timeAgo is part of a sentence", () => {
  expect([0, 999, 1_000, 120_000].map((ms) => timeAgo(1e9 - ms, 1e9))).toEqual([
    ...["now", "now", "1s ago", "2m ago"],
  ]);
});

test("formatMs and isoTime are exact", () => {
  expect([0.4, 12.6, 999, 1_240, 61_500].map(formatMs)).toEqual([
    "0 ms",
    "13 ms",
    "999 ms",
    "1.2 s",
    "1m 01s",
  ]);
  expect(isoTime(1_700_000_000_123)).toBe("2023-11-14T22:13:20.123Z");
});
