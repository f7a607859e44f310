import { group } from "../command.ts";

export const notify = group({
  meta: { name: "notify", description: "See what ao would tell you, and how it tells you" },
  details:
    "Notifications are always stored. To be told outside of ao as well, set `desktop` or " +
    "`command` under `[notify]` in the `config.toml` of the data directory.",
  example: "ao notify ls",
  subCommands: {
    ls: () => import("./ls.ts").then((m) => m.ls),
    read: () => import("./read.ts").then((m) => m.read),
    test: () => import("./test.ts").then((m) => m.test),
  },
});
