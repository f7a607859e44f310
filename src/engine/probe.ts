import type { Session } from "../domain/session.ts";
import { messageOf } from "../error.ts";
import type { ProbeTarget, RuntimeName, RuntimeProbe } from "../runtime/port.ts";
import type { Engine } from "./engine.ts";
import { sessionDirectory } from "./paths.ts";

/** How the runtimes see sessions' launches; one that was never started is not in the answer. */
export async function probeSessions(
  engine: Engine,
  sessions: readonly Session[],
): Promise<Map<string, RuntimeProbe>> {
  const found = new Map<string, RuntimeProbe>();
  for (const name of ["pty", "tmux"] as const) {
    const targets = sessions
      .filter((session) => session.runtime === name)
      .flatMap((session) => probeTarget(engine, session) ?? []);
    if (targets.length === 0) continue;
    for (const [id, probe] of await probeRuntime(engine, name, targets)) found.set(id, probe);
  }
  return found;
}

/** The launch of a session as a runtime wants it, or undefined when nothing was started. */
export function probeTarget(engine: Engine, session: Session): ProbeTarget | undefined {
  if (session.launchId === null || session.runtimeHandle === null) return undefined;
  return {
    sessionId: session.id,
    launchId: session.launchId,
    sessionDir: sessionDirectory(engine.dataDir, session.id),
    handle: JSON.parse(session.runtimeHandle),
  };
}

async function probeRuntime(
  engine: Engine,
  name: RuntimeName,
  targets: ProbeTarget[],
): Promise<Map<string, RuntimeProbe>> {
  try {
    return await (await engine.runtime(name)).probeAll(targets);
  } catch (error) {
    // A probe that breaks says nothing about the agents, so they are not judged dead by it.
    const detail = `the ${name} runtime cannot be asked: ${messageOf(error)}`;
    const failed: RuntimeProbe = { runtime: "failed", agent: "unknown", detail };
    return new Map(targets.map(({ sessionId }) => [sessionId, failed]));
  }
}
