import { supervisorOf } from "../../engine/supervisor/choose.ts";
import { uninstallDaemon } from "../../engine/supervisor/install.ts";
import { command } from "../command.ts";

export const uninstall = command({
  meta: { name: "uninstall", description: "End the installed daemon and remove its unit" },
  details: "Sessions go on, and every command still works.",
  example: "ao daemon uninstall",
  async run({ output, openEngine }) {
    const supervisor = supervisorOf(await openEngine());
    const wasInstalled = await uninstallDaemon(supervisor);
    const { unitName: unit, unitPath: path } = supervisor;
    output.result({ wasInstalled, unit, path }, () =>
      wasInstalled ? `${unit} was ended and removed` : `${unit} is not installed`,
    );
  },
});
