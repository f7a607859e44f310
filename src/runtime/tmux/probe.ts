import { probeIdentity } from "../../process/identity.ts";
import { readExitRecord } from "../exit-record.ts";
import type { ExitRecord, Probe, ProbeTarget, RuntimeHandle, RuntimeProbe } from "../port.ts";
import { describeExit } from "../pty/probe.ts";
import { listPanes, type Pane } from "./panes.ts";
import { TmuxServer } from "./server.ts";

export type TmuxHandle = Extract<RuntimeHandle, { kind: "tmux" }>;

/** The tmux handle of a launch. A handle of another runtime is a mistake of the caller. */
export function tmuxOf(handle: RuntimeHandle): TmuxHandle {
  if (handle.kind === "tmux") return handle;
  throw new Error(`tmux runtime was given a handle of ${handle.kind}`);
}

/** Looks at many launches with one `list-panes` for each server. */
export async function probePanes(targets: ProbeTarget[]): Promise<Map<string, RuntimeProbe>> {
  const found = new Map<string, RuntimeProbe>();
  for (const [socketPath, group] of Map.groupBy(
    targets,
    ({ handle }) => tmuxOf(handle).socketPath,
  )) {
    const answer = await listPanes(new TmuxServer(socketPath));
    for (const target of group) {
      const probe = Array.isArray(answer)
        ? probeAnswered(target, answer)
        : probeUnanswered(target, answer.state, answer.message);
      found.set(target.sessionId, probe);
    }
  }
  return found;
}

function probeAnswered(target: ProbeTarget, panes: Pane[]): RuntimeProbe {
  const handle = tmuxOf(target.handle);
  // A server that was started anew counts its panes from the beginning.
  const pane = panes.find(({ id, launchId }) => id === handle.pane && launchId === target.launchId);
  const seen = pane
    ? `pane ${pane.id} ${pane.isDead ? "ended" : "alive"}`
    : `no pane ${handle.pane}`;
  return withAgent(target, pane ? "alive" : "dead", seen, pane?.exit);
}

/** Without an answer nothing is known, unless the server's process is known to be gone. */
function probeUnanswered(target: ProbeTarget, state: string, message: string): RuntimeProbe {
  const server = probeIdentity(tmuxOf(target.handle).server);
  const runtime = state === "absent" && server === "dead" ? "dead" : "failed";
  return withAgent(target, runtime, `tmux server ${server}: ${message}`);
}

function withAgent(
  target: ProbeTarget,
  runtime: Probe,
  seen: string,
  paneExit?: ExitRecord,
): RuntimeProbe {
  const { agent: identity } = tmuxOf(target.handle);
  const agent = paneExit ? "dead" : probeIdentity(identity);
  const words = `${seen}, agent ${identity.pid} ${agent}`;
  if (agent === "alive") return { runtime, agent, detail: words };
  const exit = readExitRecord(target.sessionDir, target.launchId) ?? paneExit;
  // Its shell is about to write the record; until then nothing more is known.
  if (!exit && runtime === "alive") return { runtime, agent: "unknown", detail: words };
  if (!exit) return { runtime, agent, detail: `${words}, no record of its end` };
  return { runtime, agent: "dead", exit, detail: `${words}; ${describeExit(exit)}` };
}
