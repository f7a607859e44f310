import { isDeepStrictEqual } from "node:util";

import type { KnownDialog } from "../agent/port.ts";
import type { Session } from "../domain/session.ts";
import type { Screen } from "../runtime/port.ts";
import { recordEvidence } from "../store/evidence.ts";
import { getSession, listSessions, patchSession } from "../store/session.ts";
import type { Fence } from "../store/store.ts";
import { adapterIfKnown } from "./adapters.ts";
import { applyAgentState, readAgentState } from "./agent-state.ts";
import type { Engine } from "./engine.ts";
import { notifyDialog } from "./signal.ts";
import { readScreen } from "./terminal.ts";

/** Two complete screens this far apart without the dialog prove that it is gone. */
const apartMs = 1_000;

/** The dialog that a screen shows, when it is one that its agent is known for. */
export function dialogOn(
  engine: Engine,
  session: Session,
  screen: Screen,
): KnownDialog | undefined {
  const text = screen.lines.join("\n");
  const { dialogs = [] } = adapterIfKnown(engine, session) ?? {};
  return dialogs.find(({ pattern }) => pattern.test(text));
}

/**
 * Looks at the screens of blocked sessions: refusing a dialog or pressing Escape fires no hook in
 * some agents, so the store would call them blocked for ever.
 */
export async function recheckDialogs(engine: Engine, fence?: Fence): Promise<void> {
  const blocked = listSessions(engine.store).filter((one) => one.activity === "blocked");
  await Promise.all(blocked.map((session) => recheckDialog(engine, session, fence)));
}

/**
 * Takes a dialog back that is proven gone: to what the agent's own file says, else to work where
 * the screen goes on changing, since nobody has told whether it was allowed. True when it did.
 */
export async function recheckDialog(
  engine: Engine,
  session: Session,
  fence?: Fence,
): Promise<boolean> {
  const kind = session.activityDetail?.kind ?? "approval";
  // Without a pattern of that kind the screen could not show that a dialog is there either.
  const { dialogs = [] } = adapterIfKnown(engine, session) ?? {};
  const isKnown = dialogs.some((dialog) => dialog.kind === kind);
  if (!isKnown || session.runtimeHandle === null) return false;
  if (applyAgentState(engine, session, fence)) return true;
  /** What a complete screen shows; undefined while the dialog may still be there. */
  const look = async () => {
    if (isStateBlocked(engine, session)) return undefined;
    const screen = await readScreen(engine, session);
    if (!screen?.isComplete || dialogOn(engine, session, screen)) return undefined;
    return screen.lines.join("\n");
  };
  const first = await look();
  const second = first === undefined ? undefined : await later(look);
  // What was drawn between the first two may be what took the dialog away.
  const third = second === undefined || second === first ? second : await later(look);
  if (third === undefined) return false;
  return (
    applyAgentState(engine, session, fence) || clearDialog(engine, session, third !== second, fence)
  );
}

async function later<T>(look: () => Promise<T>): Promise<T> {
  await Bun.sleep(apartMs);
  return await look();
}

/** Whether the agent's own file says that a dialog is up: it knows dialogs that no pattern does. */
export function isStateBlocked(engine: Engine, session: Session): boolean {
  const state = readAgentState(engine, session);
  if (!state || session.launchedAt === null) return false;
  return state.activity === "blocked" && state.at >= session.launchedAt;
}

function clearDialog(engine: Engine, seen: Session, isAtWork: boolean, fence?: Fence): boolean {
  return engine.store.write((tx) => {
    const session = getSession(tx, seen.id);
    // A later signal knows more than these screens.
    if (session.activity !== "blocked" || session.activityAt !== seen.activityAt) return false;
    if (!isDeepStrictEqual(session.activityDetail, seen.activityDetail)) return false;
    const activity = isAtWork ? "active" : "idle";
    if (!patchSession(tx, session, { activity, activityAt: tx.now, activityDetail: null }))
      return false;
    const gone = "two complete screens, a second apart, show no dialog";
    const detail = isAtWork ? `${gone}, and what they show goes on changing` : gone;
    recordEvidence(tx, session.id, { source: "screen", verdict: "no dialog", detail });
    notifyDialog(tx, getSession(tx, session.id), session);
    return true;
  }, fence);
}
