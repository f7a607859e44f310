import { type AgentTrial, stepNames, type StepOutcome } from "../engine/doctor/agent-trial.ts";
import type { Output } from "./output.ts";
import type { Column } from "./table.ts";
import { oneLine, type Paint } from "./text.ts";

/** Prints a table of agents and steps, with a line below for each step that did not work. */
export function reportTrials(output: Output, trials: readonly AgentTrial[]): void {
  if (output.isJson) return output.json({ agents: trials });
  const columns: Column<AgentTrial>[] = [
    {
      header: "AGENT",
      value: ({ agent }) => agent,
      paint: (text, _one, paint) => paint.bold(text),
    },
    { header: "VERSION", value: ({ version }) => version ?? "-" },
    ...stepNames.map(stepColumn),
    { header: "TIME", value: ({ steps }) => seconds(steps.reduce((sum, { ms }) => sum + ms, 0)) },
  ];
  output.table(trials, columns, "no agent was tried");
  for (const { agent, steps } of trials) {
    for (const { step, reason } of steps) {
      if (reason !== null) output.line(oneLine(`${agent}, ${step}: ${reason}`));
    }
  }
}

function stepColumn(name: string): Column<AgentTrial> {
  const find = ({ steps }: AgentTrial) => steps.find(({ step }) => step === name);
  return {
    header: name.toUpperCase(),
    value: (trial) => cell(find(trial)),
    paint: (text, trial, paint) => colored(text, find(trial), paint),
  };
}

/** A dash stands for what this agent cannot do, nothing for a step that was not reached. */
function cell(found: StepOutcome | undefined): string {
  switch (found?.outcome) {
    case "ok":
      return `ok ${seconds(found.ms)}`;
    case "failed":
      return `failed ${seconds(found.ms)}`;
    case "impossible":
      return "–";
    default:
      return "";
  }
}

function colored(text: string, found: StepOutcome | undefined, paint: Paint): string {
  if (found?.outcome === "ok") return paint.green(text);
  return found?.outcome === "failed" ? paint.red(text) : text;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
