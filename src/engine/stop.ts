import { rmSync } from "node:fs";

import type { Session } from "../domain/session.ts";
import type { ProcessIdentity } from "../process/identity.ts";
import { findProcesses, stopProcesses } from "../process/tree.ts";
import { launchPath } from "../runtime/launch.ts";
import type { RuntimeHandle, RuntimeName } from "../runtime/port.ts";
import type { Engine } from "./engine.ts";
import { sessionDirectory } from "./paths.ts";

/** How long an agent may take to end by itself after SIGTERM. */
export const stopGraceMs = 5_000;

/** One launch to be ended, whether its start got as far as storing a handle or not. */
export interface LaunchToStop {
  sessionId: string;
  launchId: string;
  runtime: RuntimeName;
  handle: RuntimeHandle | null;
}

/** The launch that a session's row tells of, or undefined when it never had one. */
export function launchOf(session: Session): LaunchToStop | undefined {
  if (session.launchId === null) return undefined;
  return {
    sessionId: session.id,
    launchId: session.launchId,
    runtime: session.runtime,
    handle: session.runtimeHandle === null ? null : JSON.parse(session.runtimeHandle),
  };
}

/**
 * Ends every process of a launch, by its handle, else by its launch id.
 * Returns what was still there after the last signal.
 */
export async function stopLaunch(
  engine: Engine,
  launch: LaunchToStop,
  graceMs = stopGraceMs,
): Promise<ProcessIdentity[]> {
  const { sessionId, launchId } = launch;
  const runtime = await engine.runtime(launch.runtime);
  const handle = launch.handle ?? (await runtime.running(engine.dataDir)).get(launchId);
  const sessionDir = sessionDirectory(engine.dataDir, sessionId);
  if (!handle) {
    return await stopProcesses(() => findProcesses({ launchId }), { graceMs });
  }
  const { survivors } = await runtime.stop({ sessionId, launchId, sessionDir, handle }, graceMs);
  return survivors;
}

/** Ends a launch whose start was interrupted: a holder that has not read its spec never will. */
export async function abortLaunch(engine: Engine, launch: LaunchToStop): Promise<void> {
  rmSync(launchPath(sessionDirectory(engine.dataDir, launch.sessionId)), { force: true });
  await stopLaunch(engine, launch, 500);
}

/** Whether anything of a launch still runs (Linux: found by its environment). */
export function hasLeftovers(launchId: string): boolean {
  return findProcesses({ launchId }).length > 0;
}
