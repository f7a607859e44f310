import { group } from "../command.ts";

export const config = group({
  meta: { name: "config", description: "See which settings hold, and where they come from" },
  details:
    "Later ones win: built in, `config.toml` of the data directory (yours), `.ao/config.toml` of " +
    "the repository (the team's), `ao project set` (this machine), flags.",
  example: "ao config show --origin",
  subCommands: { show: () => import("./show.ts").then((m) => m.show) },
});
