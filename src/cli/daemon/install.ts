import { supervisorOf } from "../../engine/supervisor/choose.ts";
import { installDaemon, type Installed } from "../../engine/supervisor/install.ts";
import { command } from "../command.ts";

export const install = command({
  meta: { name: "install", description: "Have systemd or launchd keep the daemon running" },
  details:
    "Writes a unit of your own (no root), starts the daemon, now and at each login. Typed again, " +
    "it brings the unit up to date, and starts the daemon anew if that is of another version " +
    "than this ao. Sessions go on meanwhile. A data directory of its own gets a unit of its own.",
  example: "ao daemon install",
  async run({ output, openEngine }) {
    const engine = await openEngine();
    const supervisor = supervisorOf(engine);
    const { outcome, advice } = await installDaemon(engine, supervisor);
    const { name, unitName: unit, unitPath: path } = supervisor;
    output.result({ outcome, supervisor: name, unit, path }, () => told[outcome](unit, path));
    if (advice) output.note(advice);
  },
});

const told: Record<Installed["outcome"], (unit: string, path: string) => string> = {
  installed: (unit, path) => `${unit} runs: ${path}`,
  replaced: (unit, path) => `${unit} runs, its unit was replaced: ${path}`,
  restarted: (unit) => `${unit} was started anew, as this version`,
  unchanged: (unit, path) => `${unit} is installed already: ${path}`,
};
