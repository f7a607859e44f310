import { AoError } from "../error.ts";

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * Reads a duration as a person types it (`90s`, `30m`, `2h`, `7d`, `1w`, `1h30m`), in milliseconds.
 * Throws `usage`, naming the flag, for anything else.
 */
export function parseDuration(flag: string, text: string): number {
  const isWhole = /^(?:\d+[smhdw])+$/.test(text);
  let ms = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/g)) {
    ms += Number(count) * (isUnit(unit) ? unitMs[unit] : Number.NaN);
  }
  if (isWhole && Number.isSafeInteger(ms)) return ms;
  throw new AoError("usage", `${flag} is "${text}", expected a duration such as 30m`, `${flag} 2h`);
}

/**
 * Reads a whole number. Throws `usage`, naming the flag, for anything else and for numbers outside
 * the limits, which both belong to what is allowed.
 */
export function parseCount(
  flag: string,
  text: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER } = {},
): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count >= min && count <= max) return count;
  const limits = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `from ${min} to ${max}`;
  throw new AoError("usage", `${flag} is "${text}", expected a whole number ${limits}`);
}

/** An age as tables show it: `now`, `40s`, `3m`, `2h`, `5d`, `3w`. Both times in milliseconds. */
export function relativeTime(at: number, now: number): string {
  const ms = Math.max(0, now - at);
  if (ms < 1_000) return "now";
  if (ms < unitMs.m) return `${Math.floor(ms / unitMs.s)}s`;
  if (ms < unitMs.h) return `${Math.floor(ms / unitMs.m)}m`;
  if (ms < 2 * unitMs.d) return `${Math.floor(ms / unitMs.h)}h`;
  if (ms < 4 * unitMs.w) return `${Math.floor(ms / unitMs.d)}d`;
  return `${Math.floor(ms / unitMs.w)}w`;
}

/** An age as part of a sentence: `now`, `3m ago`. Both times in milliseconds. */
export function timeAgo(at: number, now: number): string {
  const age = relativeTime(at, now);
  return age === "now" ? age : `${age} ago`;
}

/** How long something took: `12 ms`, `1.2 s`, `2m 05s`. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < unitMs.m) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.floor((ms % unitMs.m) / 1_000);
  return `${Math.floor(ms / unitMs.m)}m ${String(seconds).padStart(2, "0")}s`;
}

function isUnit(unit: string | undefined): unit is keyof typeof unitMs {
  return unit !== undefined && Object.hasOwn(unitMs, unit);
}
