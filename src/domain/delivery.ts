import type { ProbeVerdict } from "./probe.ts";
import type { Session } from "./session.ts";

/** How long the terminal of an agent without signals must be silent before it counts as idle. */
export const silenceMs = 500;

/** How long a start that the agent would tell of is waited for, before it is taken for done. */
export const startingMs = 60_000;

/**
 * How long the terminal of an agent that has just started must be silent, given how long its start
 * took: on a busy machine it also draws later what it has loaded.
 */
export function settledMs(startMs: number): number {
  return Math.min(10_000, Math.max(1_000, startMs / 2));
}

/** What is known at the moment when a text could be typed. */
export interface DeliveryFacts {
  session: Pick<Session, "activity" | "isTerminated" | "launchedAt" | "firstSignalAt">;
  agent: ProbeVerdict;
  /** It tells when it has started, and has not done so yet. */
  isStarting?: boolean;
  hasSignals: boolean;
  acceptsSteering: boolean;
  screen: { isComplete: boolean; isBlank: boolean; quietMs: number; hasTypedDraft: boolean };
  /** What kind of dialog the screen shows, when it shows one that is known. */
  dialog: string | undefined;
}

/** Why nothing may be typed now; undefined when it is safe. */
export function reasonToWait(facts: DeliveryFacts): string | undefined {
  const { agent } = facts;
  return (
    storedReason(facts) ??
    (agent === "alive" ? undefined : `its agent is not known to be alive (${agent})`) ??
    screenReason(facts) ??
    silenceReason(facts)
  );
}

/** Why nothing may be typed, as far as the session's row alone tells. */
export function storedReason({
  session,
  hasSignals,
  acceptsSteering,
}: Pick<DeliveryFacts, "session" | "hasSignals" | "acceptsSteering">): string | undefined {
  if (session.isTerminated) return "the session has ended";
  if (session.launchedAt === null) return "its agent is being started";
  if (session.activity === "exited") return "its agent has ended";
  if (session.activity === "blocked") return "a dialog is on its screen";
  const isWorking = hasSignals && session.activity === "active";
  return isWorking && !acceptsSteering ? "it is working" : undefined;
}

/** Pause between a paste and Enter: a TUI that is still taking the text in swallows the key. */
export function submitPauseMs(bytes: number): number {
  return Math.min(3_000, 300 + Math.ceil(bytes / 64));
}

function screenReason({ screen, dialog }: DeliveryFacts): string | undefined {
  if (!screen.isComplete) return "its screen is not known completely";
  if (dialog !== undefined) return `a dialog (${dialog}) is on its screen`;
  return screen.hasTypedDraft ? "somebody is typing in its terminal" : undefined;
}

/** What is typed while a program starts can be lost: it empties its terminal's input first. */
function silenceReason(facts: DeliveryFacts): string | undefined {
  const { session, hasSignals, screen } = facts;
  if (facts.isStarting) return "it has not told yet that it has started";
  if (hasSignals && session.firstSignalAt !== null) return undefined;
  if (hasSignals && screen.isBlank) return "its program is still starting";
  return screen.quietMs < silenceMs ? "its terminal is still writing" : undefined;
}
