/**
 * A moment as every surface shows it exactly: RFC 3339 with milliseconds, in UTC; null where there
 * is none. Takes Unix milliseconds.
 */
export function isoTime(at: number): string;
export function isoTime(at: number | null): string | null;
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
