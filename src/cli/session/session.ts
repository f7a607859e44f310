import { group } from "../command.ts";

export const session = group({
  meta: { name: "session", description: "Look at sessions, end them, bring them back" },
  example: "ao session show shop-1",
  subCommands: {
    ls: () => import("./ls.ts").then((m) => m.ls),
    show: () => import("./show.ts").then((m) => m.show),
    pr: () => import("./pr.ts").then((m) => m.pr),
    kill: () => import("./kill.ts").then((m) => m.kill),
    restore: () => import("./restore.ts").then((m) => m.restore),
    "claim-pr": () => import("./claim-pr.ts").then((m) => m.claimPr),
    rename: () => import("./rename.ts").then((m) => m.rename),
    cleanup: () => import("./cleanup.ts").then((m) => m.cleanup),
    rm: () => import("./rm.ts").then((m) => m.rm),
  },
});
