import { isoTime } from "../../domain/time.ts";
import { escrowText, findEscrow } from "../../engine/escrow.ts";
import { command } from "../command.ts";

export const show = command({
  meta: { name: "show", description: "Show what an escrow holds" },
  args: {
    escrow: {
      type: "positional",
      description: "<session>/<n>, or a session for its newest",
      complete: "session",
    },
  },
  example: "ao recover show shop-1/1",
  async run({ output, openEngine }, args) {
    const engine = await openEngine();
    const escrow = await findEscrow(engine, args.escrow);
    const hasColor = output.paint.red("x") !== "x";
    const diff = await escrowText(escrow, hasColor && !output.isJson);
    output.result({ ...escrow, at: isoTime(escrow.at), diff }, () =>
      [`${escrow.ref}  ${escrow.commit.slice(0, 12)}  ${escrow.reason ?? ""}`, diff].join("\n\n"),
    );
  },
});
