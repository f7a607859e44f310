import { resolve } from "node:path";

import { recoverEscrow } from "../../engine/escrow.ts";
import { command } from "../command.ts";

export const restore = command({
  meta: { name: "restore", description: "Bring the work of an escrow back as a worktree" },
  details:
    "The session's own place and branch are used when they are free, else a worktree beside it. " +
    "The escrow stays.",
  args: {
    escrow: {
      type: "positional",
      description: "<session>/<n>, or a session for its newest",
      complete: "session",
    },
    into: { type: "string", description: "Folder for the worktree", complete: "file" },
    branch: { type: "string", description: "Name of the branch" },
  },
  example: "ao recover restore shop-1",
  async run({ output, openEngine }, args) {
    const engine = await openEngine();
    const into = args.into === undefined ? undefined : resolve(args.into);
    const found = await recoverEscrow(engine, args.escrow, { into, branch: args.branch });
    output.result(found, () => `${found.path} is on branch ${found.branch}`);
  },
});
