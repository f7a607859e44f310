import { AoError } from "../error.ts";
import type { Runtime, RuntimeHandle } from "../runtime/port.ts";
import { getSession } from "../store/session.ts";
import type { Engine } from "./engine.ts";
import { livingHandle } from "./terminal.ts";

/** The terminal of an agent that runs. Throws `not_found`, and `conflict` when there is none. */
export async function runningTerminal(
  engine: Engine,
  id: string,
): Promise<{ runtime: Runtime; handle: RuntimeHandle }> {
  const session = getSession(engine.store, id);
  const handle = await livingHandle(engine, session);
  if (!handle || session.activity === "exited") {
    const hint = `ao session restore ${id}`;
    throw new AoError("conflict", `session ${id} has no running terminal`, hint);
  }
  return { runtime: await engine.runtime(session.runtime), handle };
}
