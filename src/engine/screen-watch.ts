import type { AgentAdapter } from "../agent/port.ts";
import type { Session } from "../domain/session.ts";
import type { Screen } from "../runtime/port.ts";
import { findEvidence, recordEvidence } from "../store/evidence.ts";
import { getSession, listSessions, patchSession } from "../store/session.ts";
import type { Fence } from "../store/store.ts";
import { adapterIfKnown } from "./adapters.ts";
import { recheckTurns } from "./broken-off.ts";
import { recheckDialogs } from "./dialog.ts";
import type { Engine } from "./engine.ts";
import { notifyDialog } from "./signal.ts";
import { isSilent, screenLookMs } from "./silent.ts";
import { readScreen, terminalQuietMs } from "./terminal.ts";
import { takeTurn } from "./turn.ts";

/** Longest line of a screen that is kept. */
const lineLength = 200;

/** When the terminal of each launch had last written, as of the last look at its screen. */
const looks = new WeakMap<Engine, Map<string, number>>();

/**
 * Looks at the screens of agents that have told nothing: those that never do, as far as patterns
 * are known for them, and those whose first signal has not come, for a dialog of their first run.
 * A screen that has not changed is not looked at again.
 */
export async function watchScreens(engine: Engine, fence?: Fence): Promise<void> {
  const watched = listSessions(engine.store).filter(isSilent);
  await Promise.all(watched.map((session) => watchIfChanged(engine, session, fence)));
}

/** One look of a command's helper, if it is time. */
export async function watchScreensOnce(engine: Engine): Promise<void> {
  if (!takeTurn(engine.dataDir, "last-screens", screenLookMs)) return;
  await watchScreens(engine);
  await recheckDialogs(engine);
  await recheckTurns(engine);
}

/**
 * Looks at the screen of one agent that tells nothing, and stores what a known pattern shows.
 * What is on the screen of an agent that reports, or of one without patterns, is left alone.
 */
export async function watchScreen(engine: Engine, session: Session, fence?: Fence): Promise<void> {
  const adapter = isSilent(session) ? adapterIfKnown(engine, session) : undefined;
  if (!adapter || session.runtimeHandle === null || !hasPatterns(adapter)) return;
  const screen = await readScreen(engine, session);
  if (!screen?.isComplete) return;
  const seen = readPatterns(adapter, screen);
  if (adapter.hasSignals && seen.verdict === "nothing known") return;
  keep(engine, session, seen, fence);
}

/** What a screen shows by an agent's known patterns, the strongest first. */
export interface SeenOnScreen {
  verdict: "approval" | "question" | "trust" | "login" | "working" | "ready" | "nothing known";
  /** The line that tells it. */
  line: string;
}

/** Matches the patterns of an agent that tells nothing against its screen. */
export function readPatterns(adapter: AgentAdapter, screen: Screen): SeenOnScreen {
  const text = screen.lines.join("\n");
  const { working = [], ready = [] } = adapter.hasSignals ? {} : (adapter.screen ?? {});
  const known = [
    ...adapter.dialogs.map(({ kind, pattern }) => ({ verdict: kind, pattern })),
    ...working.map((pattern) => ({ verdict: "working" as const, pattern })),
    ...ready.map((pattern) => ({ verdict: "ready" as const, pattern })),
  ];
  for (const { verdict, pattern } of known) {
    const found = pattern.exec(text);
    if (found) return { verdict, line: lineAt(text, found.index) };
  }
  return { verdict: "nothing known", line: "" };
}

function hasPatterns({ dialogs, screen }: AgentAdapter): boolean {
  return dialogs.length > 0 || (screen?.working.length ?? 0) + (screen?.ready.length ?? 0) > 0;
}

async function watchIfChanged(engine: Engine, session: Session, fence?: Fence): Promise<void> {
  const seen = looks.get(engine) ?? new Map<string, number>();
  looks.set(engine, seen);
  const now = Date.now();
  const quietMs = terminalQuietMs(engine.dataDir, session.id, now);
  const wroteAt = quietMs === undefined ? now : now - quietMs;
  const key = session.launchId ?? "";
  if (seen.get(key) === wroteAt) return;
  await watchScreen(engine, session, fence);
  seen.set(key, wroteAt);
}

function keep(engine: Engine, before: Session, seen: SeenOnScreen, fence?: Fence): void {
  const { verdict, line } = seen;
  const isDialog = verdict !== "working" && verdict !== "ready" && verdict !== "nothing known";
  const known = findEvidence(engine.store, before.id, "screen");
  // Without an observation before there is nothing that a screen without any would correct.
  if (verdict === "nothing known" && (!known || known.verdict === verdict)) return;
  engine.store.write((tx) => {
    const session = getSession(tx, before.id);
    // What the agent has told meanwhile, or another launch, is not what this screen was about.
    if (session.launchId !== before.launchId || !isSilent(session)) return;
    const activity = isDialog ? "blocked" : verdict === "working" ? "active" : "idle";
    const activityDetail = isDialog ? { kind: verdict, text: line } : null;
    if (activity !== session.activity) {
      if (!patchSession(tx, session, { activity, activityAt: tx.now, activityDetail })) return;
    }
    const detail = `${line ? `${line} · ` : ""}seen on its screen, not told by it`;
    recordEvidence(tx, session.id, { source: "screen", verdict, detail });
    notifyDialog(tx, getSession(tx, session.id), session);
  }, fence);
}

function lineAt(text: string, index: number): string {
  const start = text.lastIndexOf("\n", index - 1) + 1;
  const lines = text
    .slice(start)
    .split("\n")
    .map((line) => line.trim());
  return (lines.find(Boolean) ?? "").slice(0, lineLength);
}
