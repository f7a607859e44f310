import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import type { ExitRecord } from "../runtime/port.ts";
import type { Engine } from "./engine.ts";
import { settleMs } from "./launch.ts";
import { probeSessions } from "./probe.ts";
import { lastOutput } from "./terminal.ts";

/**
 * Waits until the agent has run long enough to count as started.
 * Throws `failed` with its last output when it has ended by then, `interrupted` on ctrl-C.
 */
export async function confirmRunning(engine: Engine, session: Session): Promise<void> {
  await Bun.sleep(settleMs);
  if (engine.interrupt.aborted) throw new AoError("interrupted", "interrupted");
  const probe = (await probeSessions(engine, [session])).get(session.id);
  if (probe?.agent === "alive") return;
  const output = await lastOutput(engine, session);
  const said = output ? `: ${output}` : ", without any output";
  throw new AoError(
    "failed",
    `the agent ${howItEnded(probe?.exit)} at once${said}`,
    "try the same program by hand in the repository",
  );
}

/** `exited with code 3`, `was ended by SIGKILL`. */
export function howItEnded(exit: Pick<ExitRecord, "exitCode" | "signal"> | undefined): string {
  if (!exit) return "ended";
  return exit.signal ? `was ended by ${exit.signal}` : `exited with code ${exit.exitCode}`;
}
