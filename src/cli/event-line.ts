import type { AoEvent, LogReset } from "../domain/event.ts";
import { oneLine, type Paint, truncate } from "./text.ts";

/** Fields that say most, in the order in which they are shown. */
const telling = [
  "title",
  "state",
  "activity",
  "terminationReason",
  "exitCode",
  "exitSignal",
  "name",
  "status",
  "type",
  "reaction",
];

/** An event as a person reads it, on one line, cut to the width of a terminal. */
export function eventLine(event: AoEvent, paint: Paint, width?: number): string {
  const about = event.sessionId ?? event.projectId;
  const stamp = event.at.slice(0, 19).replace("T", " ");
  const seq = String(event.seq).padStart(6);
  const type = event.type.padEnd(20);
  const room = (width ?? Infinity) - Bun.stringWidth(`${seq}  ${stamp}  ${type}  ${about}`);
  return `${seq}  ${paint.dim(stamp)}  ${type}  ${paint.bold(about)}${truncate(facts(event), room)}`;
}

/** The notice of a gap, on one line. */
export function resetLine({ payload }: LogReset): string {
  const { reason, floor, head } = payload;
  return `  ----  log_reset (${reason}): the log holds ${floor + 1} to ${head}`;
}

function facts({ payload }: AoEvent): string {
  if (typeof payload !== "object" || payload === null) return "";
  const values = new Map<string, unknown>(Object.entries(payload));
  const shown = telling.flatMap((name) => {
    const value = values.get(name);
    return value === undefined || value === null ? [] : [`${name}=${oneLine(String(value))}`];
  });
  return shown.length > 0 ? `  ${shown.join(" ")}` : "";
}
