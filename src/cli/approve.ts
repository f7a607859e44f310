import { approve as answer } from "../engine/approve.ts";
import { exitCodes } from "../error.ts";
import { command } from "./command.ts";

export const approve = command({
  meta: { name: "approve", description: "Answer the approval dialog on an agent's screen" },
  details:
    "Allows what is asked this once, or refuses it. The highlighted choice is read first; where " +
    "that is not known to be safe, nothing is pressed and you are told to attach.",
  args: {
    session: { type: "positional", description: "Session id", complete: "session" },
    deny: { type: "boolean", description: "Refuse instead" },
  },
  example: "ao approve shop-2",
  async run({ output, openEngine }, args) {
    const engine = await openEngine();
    const result = await answer(engine, args.session, !args.deny);
    const verb = result.isAllowed ? "allowed" : "refused";
    const what = result.asked ? `: ${result.asked}` : "";
    output.result(result, () => `${args.session} ${verb}${what}`);
    if (result.isAnswered) return 0;
    output.warn(`the dialog of ${args.session} is still on its screen`);
    return exitCodes.timeout;
  },
});
