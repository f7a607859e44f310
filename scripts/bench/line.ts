/** One budget: what was measured, against what, and how far it may go. */
export interface Line {
  name: string;
  what: string;
  unit: string;
  measured: number;
  /** Measured in the same run, in the same unit. */
  baseline?: { what: string; value: number };
  limit: Limit;
  /** The judged figure: the measured one, or its ratio to the baseline. */
  judged: number;
  isOk: boolean;
  note?: string;
}

/** `of` says whether the ratio to the baseline is judged, or the measured figure itself. */
export interface Limit {
  of: "ratio" | "measured";
  most?: number;
  least?: number;
}

/** A line that does not apply to this program, with the reason. */
export interface Skipped {
  name: string;
  reason: string;
}

/** Judges a measurement against its limit. */
export function line(parts: Omit<Line, "judged" | "isOk">): Line {
  const { measured, baseline, limit } = parts;
  const judged = limit.of === "ratio" ? measured / (baseline?.value ?? Number.NaN) : measured;
  const isOk = judged <= (limit.most ?? Infinity) && judged >= (limit.least ?? -Infinity);
  return { ...parts, judged, isOk };
}

/** An aligned table for people; notes stand below it. */
export function renderLines(lines: readonly Line[], skipped: readonly Skipped[]): string {
  const header = ["what", "measured", "baseline", "ratio", "limit", ""];
  const rows = lines.map((one) => [
    one.what,
    amount(one.measured, one.unit),
    one.baseline ? `${amount(one.baseline.value, one.unit)} (${one.baseline.what})` : "",
    one.baseline ? (one.measured / one.baseline.value).toFixed(2) : "",
    limitText(one),
    one.isOk ? "ok" : "OVER",
  ]);
  const notes = lines.flatMap(({ name, note }) => (note ? [`${name}: ${note}`] : []));
  const reasons = skipped.map(({ name, reason }) => `${name}: skipped, ${reason}`);
  return [...aligned([header, ...rows]), "", ...notes, ...reasons].join("\n").trimEnd();
}

/** The same as rows of a Markdown table. */
export function markdownLines(lines: readonly Line[]): string {
  const rows = lines.map((one) => {
    const baseline = one.baseline
      ? `${amount(one.baseline.value, one.unit)} (${one.baseline.what})`
      : "–";
    const ratio = one.baseline ? (one.measured / one.baseline.value).toFixed(2) : "–";
    const verdict = one.isOk ? "" : " **over**";
    const measured = amount(one.measured, one.unit);
    return `| ${one.what} | ${measured} | ${baseline} | ${ratio} | ${limitText(one)}${verdict} |`;
  });
  const head = "| what | measured | baseline | ratio | limit |\n| --- | --- | --- | --- | --- |";
  return `${head}\n${rows.join("\n")}`;
}

function limitText({ limit, unit }: Line): string {
  const sign = limit.most === undefined ? "≥" : "≤";
  const value = limit.most ?? limit.least ?? Number.NaN;
  return limit.of === "ratio" ? `${sign} ${value} ×` : `${sign} ${amount(value, unit)}`;
}

function amount(value: number, unit: string): string {
  const digits = Number.isInteger(value) || Math.abs(value) >= 1_000 ? 0 : value < 10 ? 2 : 1;
  const number = value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return unit === "" ? number : `${number} ${unit}`;
}

function aligned(rows: string[][]): string[] {
  const widths = rows[0]?.map((_, index) =>
    Math.max(...rows.map((row) => Bun.stringWidth(row[index] ?? ""))),
  );
  return rows.map((row) =>
    row
      .map((cell, index) => cell + " ".repeat((widths?.[index] ?? 0) - Bun.stringWidth(cell)))
      .join("  ")
      .trimEnd(),
  );
}
