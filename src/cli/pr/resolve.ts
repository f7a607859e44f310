import { resolveThreads } from "../../engine/github/resolve.ts";
import { AoError } from "../../error.ts";
import { command } from "../command.ts";
import { chosenPull, pullArgument } from "./choose.ts";

export const resolve = command({
  meta: { name: "resolve", description: "Resolve review threads of a pull request on GitHub" },
  details: "`ao pr show` lists the open threads with their ids.",
  args: {
    pr: pullArgument,
    threads: {
      type: "positional",
      required: false,
      repeated: true,
      description: "Ids of the threads",
    },
    all: { type: "boolean", description: "Every thread that is open" },
  },
  example: "ao pr resolve 231 --all",
  async run({ output, openEngine, globals }, args) {
    if (args.all === args.threads.length > 0) {
      const message = args.all ? "--all does not go with ids" : "no thread was named";
      throw new AoError("usage", message, `ao pr resolve ${args.pr} --all`);
    }
    const engine = await openEngine();
    const pull = await chosenPull(engine, globals, args.pr);
    const found = await resolveThreads(engine, pull, args.all ? "all" : args.threads);
    output.result(found, () => `${counted(found.resolved.length)} resolved`);
    if (found.unchanged.length > 0) {
      output.note(`${counted(found.unchanged.length)} resolved already`);
    }
    if (found.open.length > 0) output.note(`${counted(found.open.length)} still open`);
  },
});

function counted(count: number): string {
  return count === 1 ? "1 thread" : `${count} threads`;
}
