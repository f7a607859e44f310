import { openPull } from "../../engine/github/open-pull.ts";
import { command } from "../command.ts";
import { chosenSession, sessionArgument } from "../session/id.ts";

export const open = command({
  meta: { name: "open", description: "Open a pull request for a session's branch" },
  details:
    "Pushes the branch that the session's worktree is on to `origin`, never over other commits, " +
    "and opens a pull request from its commits, which is the session's from then on. A session " +
    "that was started for an issue closes it.",
  args: {
    session: sessionArgument,
    title: { type: "string", description: "Title (default: of the only commit, or the session)" },
    body: { type: "string", description: "Text (default: from the commits)" },
    base: { type: "string", valueHint: "branch", description: "Branch to merge into" },
    draft: { type: "boolean", description: "Open it as a draft" },
    upstream: {
      type: "boolean",
      description: "Open it in the repository that origin is a fork of",
    },
    "allow-dirty": { type: "boolean", description: "Leave out what is not committed yet" },
  },
  example: "ao pr open shop-1 --draft",
  async run({ output, openEngine }, args) {
    const sessionId = chosenSession(args.session);
    const engine = await openEngine();
    const { title, body, base } = args;
    const pull = await openPull(engine, {
      ...{ sessionId, title, body, base, isDraft: args.draft },
      ...{ isUpstream: args.upstream, mayBeDirty: args["allow-dirty"] },
    });
    output.result(pull, () => pull.url);
  },
});
