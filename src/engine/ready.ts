import type { AgentAdapter } from "../agent/port.ts";
import { reasonToWait, settledMs, startingMs } from "../domain/delivery.ts";
import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { isInBackground } from "../process/identity.ts";
import type { Runtime, RuntimeHandle, Screen } from "../runtime/port.ts";
import { adapterOf } from "./adapters.ts";
import { dialogOn, isStateBlocked } from "./dialog.ts";
import type { Engine } from "./engine.ts";
import { probeSessions } from "./probe.ts";
import { readPatterns } from "./screen-watch.ts";

/** A terminal that is safe to type into. */
export interface ReadyTerminal {
  runtime: Runtime;
  handle: RuntimeHandle;
  launchId: string;
  screen: Screen;
}

/** Why one is not. */
export interface UnreadyTerminal {
  reason: string;
  screen?: Screen;
}

/**
 * Looks whether an agent's terminal can be typed into now. `isTyped`: a text stands in its
 * composer already, so its terminal need not be silent. One that does not answer may do so later.
 */
export async function lookAtTerminal(
  engine: Engine,
  session: Session,
  { isTyped = false }: { isTyped?: boolean } = {},
): Promise<ReadyTerminal | UnreadyTerminal> {
  try {
    return await look(engine, session, isTyped);
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    return { reason: error.message };
  }
}

async function look(
  engine: Engine,
  session: Session,
  isTyped: boolean,
): Promise<ReadyTerminal | UnreadyTerminal> {
  const { runtimeHandle, launchId } = session;
  if (runtimeHandle === null || launchId === null) return { reason: "it was not started yet" };
  const handle: RuntimeHandle = JSON.parse(runtimeHandle);
  const probe = (await probeSessions(engine, [session])).get(session.id);
  const agent = probe?.agent ?? "unknown";
  if (agent !== "alive") return { reason: `its agent is not known to be alive (${agent})` };
  const runtime = await engine.runtime(session.runtime);
  const screen = await runtime.screen(handle);
  const adapter = adapterOf(engine, session);
  const { hasSignals, acceptsSteering } = adapter;
  const reason = reasonToWait({
    session,
    agent,
    isStarting: !isTyped && isStarting(adapter, session, screen),
    hasSignals,
    acceptsSteering,
    screen: {
      ...screen,
      isBlank: screen.lines.every((line) => line.trim() === ""),
      quietMs: isTyped ? Infinity : screen.quietMs,
    },
    dialog: dialogOn(engine, session, screen)?.kind,
  });
  if (reason !== undefined) return { reason, screen };
  const shown = isTyped ? undefined : patternReason(adapter, screen);
  if (shown !== undefined) return { reason: shown, screen };
  if (isStateBlocked(engine, session))
    return { reason: "its state file tells of a dialog", screen };
  // The agent of a person's own command line can be anything, a shell with jobs included.
  if (hasSignals && isInBackground(handle.agent)) {
    return { reason: "another program has its terminal", screen };
  }
  return { runtime, handle, launchId, screen };
}

/** Why the known patterns of an agent that tells nothing speak against typing. */
function patternReason(adapter: AgentAdapter, screen: Screen): string | undefined {
  const { verdict } = readPatterns(adapter, screen);
  if (verdict === "working") return "its screen shows that it works";
  const isReady = verdict === "ready" || !adapter.screen?.ready.length;
  return isReady ? undefined : "its screen does not show that it takes a text";
}

/** Until its first signal, and after that while it still draws what it has loaded. */
function isStarting(adapter: AgentAdapter, session: Session, screen: Screen): boolean {
  const { firstSignalAt, lastSignalAt, launchedAt } = session;
  const now = Date.now();
  if (!adapter.announcesStart || now - (launchedAt ?? 0) >= startingMs) return false;
  if (firstSignalAt === null) return true;
  // Loading is silent too, so only silence since the signal counts.
  const silentMs = Math.min(screen.quietMs, now - firstSignalAt);
  const startMs = firstSignalAt - (launchedAt ?? firstSignalAt);
  return lastSignalAt === firstSignalAt && silentMs < settledMs(startMs);
}
