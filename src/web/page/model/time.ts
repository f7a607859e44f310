const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago a time was, in the largest whole unit: `now`, `12s`, `5m`, `3h`, `9d`. */
export function ago(at: string | number, now: number): string {
  const ms = now - (typeof at === "number" ? at : Date.parse(at));
  if (!Number.isFinite(ms)) return "";
  if (ms < 2 * second) return "now";
  if (ms < minute) return `${Math.floor(ms / second)}s`;
  if (ms < hour) return `${Math.floor(ms / minute)}m`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)}h`;
  return `${Math.floor(ms / day)}d`;
}

/** A time of day in the reader's zone, with the date where it is not today's. */
export function clock(at: string | number, now: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const time = date.toTimeString().slice(0, 8);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? time : `${dateOf(date)} ${time}`;
}

function dateOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** A number of bytes for people. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  if (count < 1024 * 1024) return `${Math.round(count / 1024)} KB`;
  return `${(count / 1024 / 1024).toFixed(1)} MB`;
}
