import { removeSession } from "../../engine/cleanup.ts";
import { command } from "../command.ts";

export const rm = command({
  meta: { name: "rm", description: "Forget a session that was cleaned up; its escrow stays" },
  args: { session: { type: "positional", description: "Session id", complete: "session" } },
  example: "ao session rm shop-1",
  async run({ output, openEngine }, args) {
    const engine = await openEngine();
    removeSession(engine, args.session);
    output.result({ id: args.session, isRemoved: true }, () => `${args.session} forgotten`);
  },
});
