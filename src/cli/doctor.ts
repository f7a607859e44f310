import { examine, type Finding } from "../engine/doctor.ts";
import { command } from "./command.ts";

const marks: Record<Finding["level"], string> = { ok: "ok", warning: "warning", error: "error" };

export const doctor = command({
  meta: { name: "doctor", description: "Check what ao needs, and what was left behind" },
  args: {},
  example: "ao doctor",
  async run({ output, openEngine }) {
    const engine = await openEngine();
    const findings = await examine(engine);
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
  },
});
