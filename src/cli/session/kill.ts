import { cleanup } from "../../engine/cleanup.ts";
import { kill as killSession } from "../../engine/kill.ts";
import { recover } from "../../engine/recovery.ts";
import { sessionView } from "../../engine/view.ts";
import { AoError } from "../../error.ts";
import { command } from "../command.ts";
import { chosenSession, sessionArgument } from "./id.ts";

export const kill = command({
  meta: { name: "kill", description: "End a session; its worktree and its work stay" },
  details:
    "Stops the agent with every process of its own, and puts its work into escrow. With " +
    "`--purge` the worktree is removed too, once the escrow holds everything in it.",
  args: {
    session: sessionArgument,
    purge: { type: "boolean", description: "Remove the worktree too" },
  },
  example: "ao session kill shop-1",
  async run({ output, openEngine }, args) {
    const id = chosenSession(args.session);
    const engine = await openEngine();
    await recover(engine, (operation) => operation.sessionId === id);
    const result = await killSession(engine, id);
    if (!result.isNew) output.note(`${id} had ended before`);
    if (result.escrowError) {
      output.warn(`its work is not in escrow, only in its worktree: ${result.escrowError}`);
    }
    for (const { pid } of result.survivors) output.warn(`process ${pid} could not be ended`);
    const purged = args.purge ? await cleanup(engine, { ids: [id], isPurge: true }) : [];
    const kept = purged.find(({ outcome }) => outcome === "kept");
    if (kept) throw new AoError(kept.code ?? "conflict", kept.reason ?? "it was kept", kept.hint);
    const view = sessionView(engine, id);
    output.result({ ...view, survivors: result.survivors.map(({ pid }) => pid) }, () =>
      view.escrowRef ? `${id} ended, its work is in escrow: ${view.escrowRef}` : `${id} ended`,
    );
  },
});
