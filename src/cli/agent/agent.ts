import { group } from "../command.ts";

export const agent = group({
  meta: { name: "agent", description: "See which agents can be used here" },
  example: "ao agent ls",
  subCommands: {
    ls: () => import("./ls.ts").then((m) => m.ls),
    show: () => import("./show.ts").then((m) => m.show),
  },
});
