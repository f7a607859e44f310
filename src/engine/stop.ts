import { rmSync } from "node:fs";

import type { Session } from "../domain/session.ts";
import type { ProcessIdentity } from "../process/identity.ts";
import { findProcesses, stopProcesses } from "../process/tree.ts";
import type { RuntimeHandle, RuntimeName } from "../runtime/port.ts";
import { socketPath } from "../runtime/socket.ts";
import { findSession } from "../store/session.ts";
import type { Engine } from "./engine.ts";
import { revertLaunchSpec } from "./launch.ts";
import { sessionDirectory } from "./paths.ts";

/** How long an agent may take to end by itself after SIGTERM. */
export const stopGraceMs = 5_000;

/** The same for one that has only just been started, and whose end somebody waits for. */
const abortGraceMs = 500;

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
    const survivors = await stopProcesses(() => findProcesses({ launchId }), { graceMs });
    if (launch.runtime === "pty") rmSync(socketPath(engine.dataDir, launchId), { force: true });
    return survivors;
  }
  const { survivors } = await runtime.stop({ sessionId, launchId, sessionDir, handle }, graceMs);
  return survivors;
}

/**
 * Ends a launch whose start came to nothing, and puts the launch spec before it back. Does nothing
 * more when it was done before.
 */
export async function abortLaunch(
  engine: Engine,
  launch: Omit<LaunchToStop, "handle">,
): Promise<void> {
  const { sessionId, launchId, runtime } = launch;
  const revert = () => revertLaunchSpec(sessionDirectory(engine.dataDir, sessionId), launchId);
  // A holder that has not read its spec by now never will; tmux reads it when a pane has ended.
  if (runtime === "pty") revert();
  const session = findSession(engine.store, sessionId);
  const known = session?.launchId === launchId ? launchOf(session)?.handle : undefined;
  await stopLaunch(engine, { ...launch, handle: known ?? null }, abortGraceMs);
  revert();
}
