import type { KnownDialog } from "../agent/port.ts";
import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import type { RuntimeHandle, Screen } from "../runtime/port.ts";
import { recordEvidence } from "../store/evidence.ts";
import { resolveNotification } from "../store/notification.ts";
import { getSession, listSessions, patchSession } from "../store/session.ts";
import type { Fence } from "../store/store.ts";
import { adapterIfKnown } from "./adapters.ts";
import { readAgentState } from "./agent-state.ts";
import type { Engine } from "./engine.ts";

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

/** Takes a dialog back that is proven gone. True when it did. */
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
  const handle: RuntimeHandle = JSON.parse(session.runtimeHandle);
  const isGone = async () => {
    if (isStateBlocked(engine, session)) return false;
    const screen = await readScreen(engine, session, handle);
    return screen?.isComplete === true && dialogOn(engine, session, screen) === undefined;
  };
  if (!(await isGone())) return false;
  await Bun.sleep(apartMs);
  return (await isGone()) && clearDialog(engine, session, fence);
}

/** What a terminal shows; one that does not answer shows nothing, and its probe tells of that. */
export async function readScreen(
  engine: Engine,
  session: Session,
  handle: RuntimeHandle,
): Promise<Screen | undefined> {
  try {
    return await (await engine.runtime(session.runtime)).screen(handle);
  } catch (error) {
    if (error instanceof AoError) return undefined;
    throw error;
  }
}

/** Whether the agent's own file says that a dialog is up: it knows dialogs that no pattern does. */
export function isStateBlocked(engine: Engine, session: Session): boolean {
  const state = readAgentState(engine, session);
  if (!state || session.launchedAt === null) return false;
  return state.activity === "blocked" && state.at >= session.launchedAt;
}

function clearDialog(engine: Engine, seen: Session, fence?: Fence): boolean {
  return engine.store.write((tx) => {
    const session = getSession(tx, seen.id);
    // A later signal knows more than these screens.
    if (session.activity !== "blocked" || session.activityAt !== seen.activityAt) return false;
    const patch = { activity: "idle", activityAt: tx.now, activityDetail: null } as const;
    if (!patchSession(tx, session, patch)) return false;
    const detail = "two complete screens, a second apart, show no dialog";
    recordEvidence(tx, session.id, { source: "screen", verdict: "no dialog", detail });
    const about = { projectId: session.projectId, sessionId: session.id };
    resolveNotification(tx, "needs_approval", about);
    resolveNotification(tx, "needs_input", about);
    return true;
  }, fence);
}
