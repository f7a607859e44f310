import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import type { ExitRecord, RuntimeProbe } from "../runtime/port.ts";
import type { Engine } from "./engine.ts";
import { settleMs } from "./launch.ts";
import { probeSessions } from "./probe.ts";
import { lastOutput } from "./terminal.ts";

/** How long the record of an end may take to be written. */
const recordMs = 2_000;
const pollMs = 20;

/**
 * Waits until the agent has run long enough to count as started.
 * Throws `failed` with its last output when it has ended by then, `interrupted` on ctrl-C.
 */
export async function confirmRunning(engine: Engine, session: Session): Promise<void> {
  await Bun.sleep(settleMs);
  if (engine.interrupt.aborted) throw new AoError("interrupted", "interrupted");
  const probe = await settledProbe(engine, session);
  if (probe?.agent === "alive") return;
  const output = await lastOutput(engine, session);
  const said = output ? `: ${output}` : ", without any output";
  throw new AoError(
    "failed",
    `the agent ${howItEnded(probe?.exit)} at once${said}`,
    "try the same program by hand in the repository",
  );
}

/** A probe that knows the agent, or how it ended: a runtime may be about to write the record. */
async function settledProbe(engine: Engine, session: Session): Promise<RuntimeProbe | undefined> {
  const deadline = performance.now() + recordMs;
  for (;;) {
    const probe = (await probeSessions(engine, [session])).get(session.id);
    const isKnown = probe?.agent === "alive" || probe?.exit !== undefined;
    if (isKnown || performance.now() >= deadline) return probe;
    await Bun.sleep(pollMs);
  }
}

/** `exited with code 3`, `was ended by SIGKILL`. */
export function howItEnded(exit: Pick<ExitRecord, "exitCode" | "signal"> | undefined): string {
  if (!exit) return "ended";
  return exit.signal ? `was ended by ${exit.signal}` : `exited with code ${exit.exitCode}`;
}
