import { group } from "../command.ts";

export const recover = group({
  meta: { name: "recover", description: "Find and bring back work that was put into escrow" },
  details:
    "Escrows are commits under refs/ao/escrow in your own repository. They outlive the session, " +
    "its worktree and its branch, and `ao` never deletes one.",
  example: "ao recover restore shop-1",
  subCommands: {
    ls: () => import("./ls.ts").then((m) => m.ls),
    show: () => import("./show.ts").then((m) => m.show),
    restore: () => import("./restore.ts").then((m) => m.restore),
  },
});
