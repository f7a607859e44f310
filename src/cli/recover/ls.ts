import { isoTime } from "../../domain/time.ts";
import { listEscrows, type ProjectEscrow } from "../../engine/escrow.ts";
import { command } from "../command.ts";
import { relativeTime } from "../time.ts";

export const ls = command({
  meta: { name: "ls", description: "List escrows, oldest first" },
  args: {
    session: {
      type: "positional",
      required: false,
      description: "Only of this session",
      complete: "session",
    },
  },
  example: "ao recover ls shop-1",
  async run({ output, openEngine, globals }, args) {
    const engine = await openEngine();
    const all = await listEscrows(engine, args.session);
    const { project } = globals;
    const found = all.filter((one) => project === undefined || one.projectId === project);
    if (output.isJson) {
      return output.json({ escrows: found.map((one) => ({ ...one, at: isoTime(one.at) })) });
    }
    const now = Date.now();
    output.table<ProjectEscrow>(
      found,
      [
        { header: "ESCROW", value: (one) => one.ref.replace("refs/ao/escrow/", "") },
        { header: "PROJECT", value: (one) => one.projectId },
        { header: "AGE", value: (one) => relativeTime(one.at, now), align: "right" },
        { header: "REASON", value: (one) => one.reason ?? "", giveWay: 1 },
        { header: "BRANCH", value: (one) => one.branch ?? "", giveWay: 2 },
      ],
      "no escrow; one is made when a session ends with work of its own",
    );
  },
});
