import { examine, type Finding } from "../engine/doctor/doctor.ts";
import { AoError } from "../error.ts";
import { command, type Context } from "./command.ts";
import { reportTrials } from "./trial-table.ts";

const marks: Record<Finding["level"], string> = { ok: "ok", warning: "warning", error: "error" };

export const doctor = command({
  meta: { name: "doctor", description: "Check what ao needs, and what was left behind" },
  details:
    "With `--agents`, tries the agents that are installed, or those named, for real: start, " +
    "signals, stop, resume. Each works in a scratch repository, with your own login and " +
    "environment, and at most one short turn, which its provider may charge you for.",
  args: {
    names: {
      type: "positional",
      required: false,
      repeated: true,
      description: "With `--agents`: which ones (default: all that are installed)",
      complete: "agent",
    },
    agents: { type: "boolean", description: "Try the installed agents, one short turn each" },
    yes: { type: "boolean", alias: "y", description: "Try them without asking" },
  },
  example: "ao doctor",
  async run(context, args) {
    if (args.agents) return await tryThem(context, args.names, args.yes);
    if (args.names.length > 0) {
      const hint = `ao doctor --agents ${args.names.join(" ")}`;
      throw new AoError("usage", "names of agents go with `--agents`", hint);
    }
    if (args.yes) throw new AoError("usage", "`--yes` goes with `--agents`", "ao doctor");
    return await examineAll(context);
  },
});

async function tryThem(
  { output, openEngine }: Context,
  names: string[],
  isAgreed: boolean,
): Promise<number> {
  const { agentsToTry, tryAgents } = await import("../engine/doctor/agent-trial.ts");
  const engine = await openEngine();
  const candidates = await agentsToTry(engine, names);
  const listed = candidates.map(({ view }) => `${view.name} ${view.version ?? ""}`.trim());
  output.note(`to be tried, with one short turn each, under your own login: ${listed.join(", ")}`);
  const hint = ["ao doctor --agents", ...names, "--yes"].join(" ");
  if (!isAgreed && !(await output.confirm("Start them?", hint))) {
    throw new AoError("failed", "no agent was tried");
  }
  const trials = await tryAgents(engine, candidates);
  reportTrials(output, trials);
  return trials.every(({ isPassed }) => isPassed) ? 0 : 1;
}

async function examineAll({ output, openEngine }: Context): Promise<number> {
  const findings = await examine(await openEngine());
  if (output.isJson) output.json({ findings });
  else {
    output.table<Finding>(
      findings,
      [
        {
          header: "CHECK",
          value: (one) => one.check,
          paint: (text, _one, paint) => paint.bold(text),
        },
        {
          header: "RESULT",
          value: (one) => marks[one.level],
          paint: (text, { level }, paint) =>
            level === "ok"
              ? paint.green(text)
              : level === "error"
                ? paint.red(text)
                : paint.yellow(text),
        },
        // Never cut: a hint is there to be typed.
        { header: "DETAIL", value: ({ detail, hint }) => (hint ? `${detail}: ${hint}` : detail) },
      ],
      "nothing was checked",
    );
  }
  return findings.some(({ level }) => level === "error") ? 1 : 0;
}
