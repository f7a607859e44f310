import { group } from "../command.ts";

export const project = group({
  meta: { name: "project", description: "Add repositories, and change their settings" },
  example: "ao project add ~/src/shop",
  subCommands: {
    add: () => import("./add.ts").then((m) => m.add),
    ls: () => import("./ls.ts").then((m) => m.ls),
    show: () => import("./show.ts").then((m) => m.show),
    set: () => import("./set.ts").then((m) => m.set),
    unset: () => import("./unset.ts").then((m) => m.unset),
    trust: () => import("./trust.ts").then((m) => m.trust),
    rm: () => import("./rm.ts").then((m) => m.rm),
  },
});
