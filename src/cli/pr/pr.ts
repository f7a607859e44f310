import { group } from "../command.ts";

export const pr = group({
  meta: { name: "pr", description: "Look at pull requests, open, merge and answer them" },
  example: "ao pr ls",
  details:
    "A pull request is named by its number, by the address of its page, or by its key. A number " +
    "is one of the project that `--project` names, or that the current directory is in.",
  subCommands: {
    ls: () => import("./ls.ts").then((m) => m.ls),
    show: () => import("./show.ts").then((m) => m.show),
    checks: () => import("./checks.ts").then((m) => m.checks),
    open: () => import("./open.ts").then((m) => m.open),
    merge: () => import("./merge.ts").then((m) => m.merge),
    resolve: () => import("./resolve.ts").then((m) => m.resolve),
  },
});
