import { oneLine, type Paint, truncate } from "./text.ts";

/** One column of a table. */
export interface Column<Row> {
  header: string;
  /** Foreign text may come as it is; it is sanitized and set on one line. */
  value: (row: Row) => string;
  /** Colours a cell after it has been cut and padded. */
  paint?: (text: string, row: Row, paint: Paint) => string;
  align?: "left" | "right";
  /** Cut when the terminal is narrow: 1 gives way first, then 2; absent: never cut. */
  giveWay?: number;
}

const gap = "  ";
/** No column is cut below this. */
const leastColumns = 8;

/**
 * Draws a table with a heading, aligned by terminal columns. With a width the columns that may
 * give way are cut to fit; without one nothing is. No rows: no text at all.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  paint: Paint,
  width?: number,
): string {
  if (rows.length === 0) return "";
  const cells = rows.map((row) => columns.map((column) => oneLine(column.value(row))));
  const widths = fit(columns, naturalWidths(columns, cells), width);
  const headers = columns.map((column) => column.header);
  const heading = renderRow(headers, columns, widths, (text) => paint.dim(text));
  const lines = cells.map((texts, index) =>
    renderRow(texts, columns, widths, (text, column) => {
      const row = rows[index];
      return column.paint && row !== undefined ? column.paint(text, row, paint) : text;
    }),
  );
  return [heading, ...lines].map((line) => `${line}\n`).join("");
}

function naturalWidths(columns: readonly Column<never>[], cells: string[][]): number[] {
  return columns.map((column, index) =>
    cells.reduce(
      (widest, texts) => Math.max(widest, Bun.stringWidth(texts[index] ?? "")),
      Bun.stringWidth(column.header),
    ),
  );
}

/** Narrows the columns that may give way, in their order, until the table fits. */
function fit(columns: readonly Column<never>[], widths: number[], width?: number): number[] {
  if (width === undefined) return widths;
  const fitted = [...widths];
  let excess = sum(widths) + gap.length * (widths.length - 1) - width;
  const order = columns
    .map((column, index) => ({ index, giveWay: column.giveWay, header: column.header }))
    .filter((column) => column.giveWay !== undefined)
    .sort((one, other) => (one.giveWay ?? 0) - (other.giveWay ?? 0));
  for (const { index, header } of order) {
    const current = fitted[index] ?? 0;
    const least = Math.min(current, Math.max(leastColumns, Bun.stringWidth(header)));
    const cut = Math.min(Math.max(0, excess), current - least);
    fitted[index] = current - cut;
    excess -= cut;
  }
  return fitted;
}

function renderRow<Row>(
  texts: string[],
  columns: readonly Column<Row>[],
  widths: number[],
  paint: (text: string, column: Column<Row>) => string,
): string {
  let line = "";
  for (const [index, column] of columns.entries()) {
    const width = widths[index] ?? 0;
    const text = truncate(texts[index] ?? "", width);
    const padding = " ".repeat(width - Bun.stringWidth(text));
    const painted = text === "" ? "" : paint(text, column);
    line += index === 0 ? "" : gap;
    line += column.align === "right" ? padding + painted : painted + padding;
  }
  return line.trimEnd();
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
