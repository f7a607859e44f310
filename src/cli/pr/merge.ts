import type { Engine } from "../../engine/engine.ts";
import type { Merge, MergeRequest } from "../../engine/github/merge.ts";
import { messageOf } from "../../error.ts";
import { command } from "../command.ts";
import type { Output } from "../output.ts";
import { oneLine } from "../text.ts";
import { chosenPull, pullArgument } from "./choose.ts";

export const merge = command({
  meta: { name: "merge", description: "Merge a pull request at the head that was shown" },
  details:
    "Merges the very commit that `ao` last showed as its head, or the one that `--head` names; " +
    "when the head has moved, nothing is merged. Refused for drafts and conflicts, and while " +
    "checks, reviews or open threads stand in the way. `--when-ready` waits for those and merges " +
    "as soon as it may; ctrl-C ends the waiting.",
  args: {
    pr: pullArgument,
    method: {
      type: "enum",
      options: ["merge", "squash", "rebase"],
      description: "How to merge (default: as the repository has it)",
    },
    head: {
      type: "string",
      valueHint: "commit",
      description: "The head that was shown to you, if not by this ao",
    },
    "when-ready": { type: "boolean", description: "Wait until nothing stands in the way" },
    force: {
      type: "boolean",
      description: "Leave checks, reviews and threads to the rules on GitHub",
    },
  },
  example: "ao pr merge 231 --when-ready",
  async run({ output, openEngine, globals }, args) {
    const engine = await openEngine();
    const request: MergeRequest = {
      pull: await chosenPull(engine, globals, args.pr),
      headSha: args.head,
      method: args.method,
      isForced: args.force,
    };
    const merged = args["when-ready"]
      ? await mergeLater(engine, output, request)
      : await (await import("../../engine/github/merge.ts")).mergePull(engine, request);
    output.result(merged, () => textOf(merged));
  },
});

/** Waits as a process that looks at GitHub itself where no other one does. */
async function mergeLater(engine: Engine, output: Output, request: MergeRequest): Promise<Merge> {
  const [{ Loops }, { mergeWhenReady }] = await Promise.all([
    import("../../engine/loops.ts"),
    import("../../engine/github/merge-wait.ts"),
  ]);
  const loops = new Loops(engine, (error) => output.warn(messageOf(error)));
  loops.start();
  try {
    const { number, headSha } = request.pull;
    const at = (request.headSha ?? headSha).slice(0, 12);
    const waiting = mergeWhenReady(engine, request, (waitsFor) => {
      output.note(`#${number} at ${at} waits: ${oneLine(waitsFor.join("; "))}`);
    });
    return await Promise.race([waiting, loops.failed]);
  } finally {
    await loops.stop();
  }
}

function textOf({ pull, method, mergeSha }: Merge): string {
  const sha = mergeSha ? ` as ${mergeSha.slice(0, 12)}` : "";
  return method === null
    ? `#${pull.number} was merged by somebody else${sha}`
    : `#${pull.number} is merged into ${pull.baseRef}${sha}`;
}
