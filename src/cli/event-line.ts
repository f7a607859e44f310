import type { AoEvent, LogReset } from "../domain/event.ts";
import { oneLine, type Paint } from "./text.ts";

/** Fields that say most, in the order in which they are shown. */
const telling = [
  "state",
  "activity",
  "terminationReason",
  "exitCode",
  "exitSignal",
  "name",
  "status",
  "type",
  "reaction",
  "title",
];

/** Facts of a session that are worth a word only where they differ from the usual. */
const flags: Record<string, string> = {
  isDetecting: "detecting",
  isStuck: "stuck",
  isPurged: "cleaned-up",
};

/** An event as a person reads it, on one line. */
export function eventLine(event: AoEvent, paint: Paint): string {
  const about = event.sessionId ?? event.projectId;
  const time = paint.dim(event.at.slice(0, 19).replace("T", " "));
  const seq = String(event.seq).padStart(6);
  return `${seq}  ${time}  ${event.type.padEnd(20)}  ${paint.bold(about)}${facts(event)}`;
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
  const words = [...states(values), ...shown];
  return words.length > 0 ? `  ${words.join(" ")}` : "";
}

function states(values: Map<string, unknown>): string[] {
  const isEnding = values.get("isKillRequested") === true && values.get("isTerminated") === false;
  return [
    ...(values.get("isLaunched") === false ? ["starting"] : []),
    ...(isEnding ? ["kill-requested"] : []),
    ...Object.entries(flags).flatMap(([name, word]) => (values.get(name) === true ? [word] : [])),
  ];
}
