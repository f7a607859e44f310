import { group } from "../command.ts";

export const token = group({
  meta: { name: "token", description: "Change who may use the HTTP interface" },
  example: "ao token rotate",
  subCommands: {
    rotate: () => import("./rotate.ts").then((m) => m.rotate),
  },
});
