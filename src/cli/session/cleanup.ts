import { cleanup as cleanUp, type CleanupResult } from "../../engine/cleanup.ts";
import { recover } from "../../engine/recovery.ts";
import { AoError } from "../../error.ts";
import { getProject } from "../../store/project.ts";
import { command } from "../command.ts";

export const cleanup = command({
  meta: { name: "cleanup", description: "Remove the worktrees of sessions that have ended" },
  details:
    "Waits for a grace period after the first call, and keeps what is not merged. With `--purge` " +
    "it does neither: whatever the base lacks goes into escrow first (`ao recover ls`).",
  args: {
    sessions: {
      type: "positional",
      required: false,
      repeated: true,
      description: "Session ids (default: all that have ended)",
      complete: "session",
    },
    purge: { type: "boolean", description: "Now, merged or not; the work stays in escrow" },
  },
  example: "ao session cleanup shop-1 --purge",
  async run({ output, openEngine, globals }, args) {
    const engine = await openEngine();
    const projectId = globals.project;
    if (projectId !== undefined) getProject(engine.store, projectId);
    await recover(engine);
    const request = { ids: args.sessions, projectId, isPurge: args.purge };
    const results = await cleanUp(engine, request);
    if (results.length === 0) output.note("nothing to clean up");
    // What was kept on purpose is no failure; what could not be removed safely is.
    const done = results.filter(({ code }) => code === undefined);
    output.result({ sessions: results }, () => done.map(tell).join("\n") || undefined);
    const failures = results.flatMap(({ sessionId, code, reason, hint }) =>
      code === undefined ? [] : [new AoError(code, `${sessionId} kept: ${reason}`, hint)],
    );
    return failures.map((failure) => output.fail(failure, ["session", "cleanup"]))[0] ?? 0;
  },
});

function tell({ sessionId, outcome, reason, escrowRef }: CleanupResult): string {
  if (outcome === "gone") return `${sessionId} was cleaned up before`;
  if (outcome === "kept") return `${sessionId} kept: ${reason}`;
  return escrowRef ? `${sessionId} removed, its work is in ${escrowRef}` : `${sessionId} removed`;
}
