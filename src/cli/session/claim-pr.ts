import { claimPr as claim } from "../../engine/claim/claim.ts";
import { recover } from "../../engine/recovery.ts";
import { AoError } from "../../error.ts";
import { command } from "../command.ts";
import { chosenSession, sessionArgument } from "./id.ts";

const example = "ao session claim-pr shop-2 231";

export const claimPr = command({
  meta: { name: "claim-pr", description: "Hand an existing pull request to a session" },
  details:
    "The pull request is a number or an address. Its head is checked out in the session's " +
    "worktree, on branch ao/<id>/pr-<number>, where `git push` updates it; the agent is told. " +
    "Another session that has it loses it. When any step fails, everything is as before.",
  args: {
    session: sessionArgument,
    pr: {
      type: "positional",
      required: false,
      description: "Number or address of the pull request",
      complete: "pr",
    },
    takeover: {
      type: "boolean",
      default: true,
      description: "Refuse when a session that has not ended owns it",
    },
    checkout: { type: "boolean", default: true, description: "Leave the worktree as it is" },
  },
  example,
  async run({ output, openEngine }, args) {
    const { session, reference } = wordsOf(args.session, args.pr);
    const id = chosenSession(session);
    const engine = await openEngine();
    await recover(engine, (operation) => operation.sessionId === id);
    const { takeover, checkout } = args;
    const result = await claim(engine, id, reference, { takeover, checkout });
    const { prs, branchChanged, takenOverFrom, branch, push } = result;
    const pushesTo = push?.isAllowed ? push.name : null;
    const shown = { ok: true, sessionId: id, prs, branchChanged, takenOverFrom, branch, pushesTo };
    output.result(shown, () => `${id} has pull request #${prs[0]?.number} ${prs[0]?.url}`);
    for (const donor of takenOverFrom) output.note(`taken over from ${donor}`);
    if (pushesTo !== null) output.note(`on branch ${branch}, pushes go to ${pushesTo}`);
    if (push && !push.isAllowed) output.warn(`nothing can be pushed to ${push.name} from here`);
  },
});

/** One word is the pull request; of two words either may come first, since no id is a number. */
function wordsOf(first: string | undefined, second: string | undefined) {
  if (first === undefined) throw new AoError("usage", "missing argument <pr>", example);
  if (second === undefined) return { session: undefined, reference: first };
  const isSwapped = /^#?\d+$|^https?:/.test(first);
  return isSwapped ? { session: second, reference: first } : { session: first, reference: second };
}
