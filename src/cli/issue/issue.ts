import { group } from "../command.ts";

export const issue = group({
  meta: { name: "issue", description: "Look at the issues of a project's repository" },
  example: "ao issue ls",
  details: "`ao spawn --issue 214` starts an agent on one.",
  subCommands: {
    ls: () => import("./ls.ts").then((m) => m.ls),
  },
});
