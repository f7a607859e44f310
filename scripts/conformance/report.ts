import type { Subject } from "./catalogue.ts";
import { type StepName, stepNames } from "./steps.ts";

/** What came of one step. */
export type Outcome =
  | { kind: "passed"; ms: number }
  | { kind: "failed"; ms: number; error: string }
  | { kind: "impossible"; reason: string };

export interface Row {
  subject: Subject;
  outcomes: Partial<Record<StepName, Outcome>>;
}

/** The table as aligned text, with the reasons of dashes below it. */
export function textTable(rows: readonly Row[]): string {
  const cells = [["agent", "version", ...stepNames], ...rows.map(cellsOf)];
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => Bun.stringWidth(row[column] ?? ""))),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - Bun.stringWidth(cell)))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, ...notes(rows)].join("\n");
}

/** The table as Markdown. */
export function markdownTable(rows: readonly Row[]): string {
  const head = ["agent", "version", ...stepNames];
  const lines = [head, head.map(() => "---"), ...rows.map(cellsOf)].map(
    (row) => `| ${row.join(" | ")} |`,
  );
  const reasons = notes(rows).map((note) => `- ${note}`);
  return [...lines, ...(reasons.length > 0 ? ["", ...reasons] : [])].join("\n");
}

function cellsOf({ subject, outcomes }: Row): string[] {
  return [subject.agent, subject.version, ...stepNames.map((name) => cell(outcomes[name]))];
}

function cell(outcome: Outcome | undefined): string {
  if (!outcome) return "not run";
  if (outcome.kind === "impossible") return "–";
  const seconds = `${(outcome.ms / 1000).toFixed(1)} s`;
  return outcome.kind === "passed" ? `✓ ${seconds}` : `✗ ${seconds}`;
}

function notes(rows: readonly Row[]): string[] {
  return rows.flatMap(({ subject, outcomes }) =>
    stepNames.flatMap((name) => {
      const outcome = outcomes[name];
      const note = outcome?.kind === "impossible" ? outcome.reason : subject.notes?.[name];
      return note === undefined ? [] : [`${subject.agent}, ${name}: ${note}`];
    }),
  );
}
