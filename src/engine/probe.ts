import type { Session } from "../domain/session.ts";
import { messageOf } from "../error.ts";
import type { ProbeTarget, RuntimeName, RuntimeProbe } from "../runtime/port.ts";
import type { Engine } from "./engine.ts";
import { sessionDirectory } from "./paths.ts";

/** As much of a session's row as a probe needs. */
export type Launch = Pick<Session, "id" | "runtime" | "launchId" | "runtimeHandle">;

/** How the runtimes see launches; one that was never started is not in the answer. */
export async function probeSessions(
  engine: Engine,
  launches: readonly Launch[],
): Promise<Map<string, RuntimeProbe>> {
  const found = new Map<string, RuntimeProbe>();
  for (const name of ["pty", "tmux"] as const) {
    const targets = launches
      .filter((launch) => launch.runtime === name)
      .flatMap((launch) => probeTarget(engine, launch) ?? []);
    if (targets.length === 0) continue;
    for (const [id, probe] of await probeRuntime(engine, name, targets)) found.set(id, probe);
  }
  return found;
}

/** The launch of a session as a runtime wants it, or undefined when nothing was started. */
export function probeTarget(engine: Engine, launch: Launch): ProbeTarget | undefined {
  if (launch.launchId === null || launch.runtimeHandle === null) return undefined;
  return {
    sessionId: launch.id,
    launchId: launch.launchId,
    sessionDir: sessionDirectory(engine.dataDir, launch.id),
    handle: JSON.parse(launch.runtimeHandle),
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
