import type { KnownDialog } from "../agent/port.ts";
import { agents } from "../agent/table.ts";
import type { Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import type { Runtime, RuntimeHandle, Screen } from "../runtime/port.ts";
import { recordEvidence } from "../store/evidence.ts";
import { getSession } from "../store/session.ts";
import { dialogOn, recheckDialog } from "./dialog.ts";
import type { Engine } from "./engine.ts";
import { answerOpencode } from "./opencode/opencode.ts";
import { livingHandle } from "./terminal.ts";

/** How long the dialog may take to go away after the key was pressed. */
const goneMs = 5_000;
const pollMs = 100;

/** How long a dialog that the agent has told of may take to be on its screen. */
const drawnMs = 2_000;

export interface ApprovalResult {
  sessionId: string;
  isAllowed: boolean;
  /** What was asked, as far as it is known. */
  asked: string;
  /** Whether the dialog was seen to go away. */
  isAnswered: boolean;
}

/**
 * Answers the approval dialog on an agent's screen: allows this once, or refuses. It reads which
 * choice is highlighted first, and presses nothing when that is not the safe one. Where `asked` is
 * given, it is what the person was shown: nothing else is answered.
 * Throws `not_found`, and `conflict` when there is no dialog, when it asks for something else, or
 * when it cannot be answered safely.
 */
export async function approve(
  engine: Engine,
  id: string,
  isAllowed: boolean,
  asked?: string,
): Promise<ApprovalResult> {
  const session = getSession(engine.store, id);
  refuseOther(session, asked);
  if (agents.get(session.agent)?.receipts === "http") {
    const isOnlyThis = asked !== undefined;
    await answerOpencode(engine, session, isAllowed ? "allow" : "deny", isOnlyThis);
    return record(engine, session, isAllowed, true);
  }
  const handle = await livingHandle(engine, session);
  if (!handle) {
    throw new AoError("conflict", `session ${id} has no running terminal`, `ao why ${id}`);
  }
  const runtime = await engine.runtime(session.runtime);
  const screen = await screenOfDialog(engine, runtime, handle, session);
  const dialog = answerable(engine, session, screen);
  const { allowKeys, denyKeys, allowIsSelected } = dialog.answer;
  if (isAllowed && !allowIsSelected.test(screen.lines.join("\n"))) throw unsafe(session);
  // The dialog may have become another while this one was looked for.
  refuseOther(getSession(engine.store, id), asked);
  await runtime.submit(handle, `approve:${crypto.randomUUID()}`, isAllowed ? allowKeys : denyKeys);
  const isAnswered = await goesAway(engine, runtime, handle, session);
  const result = record(engine, session, isAllowed, isAnswered);
  const current = getSession(engine.store, id);
  // Refusing fires no hook in some agents; the screen is what tells.
  if (isAnswered && !isAllowed && current.activity === "blocked") {
    await recheckDialog(engine, current);
  }
  return result;
}

function refuseOther({ id, activityDetail }: Session, asked: string | undefined): void {
  if (asked === undefined || (activityDetail?.text ?? "") === asked) return;
  throw new AoError("conflict", `session ${id} does not ask for that any more`, `ao screen ${id}`);
}

/** The hook that tells of a dialog comes a moment before the dialog is drawn. */
async function screenOfDialog(
  engine: Engine,
  runtime: Runtime,
  handle: RuntimeHandle,
  session: Session,
): Promise<Screen> {
  const deadline = performance.now() + (session.activity === "blocked" ? drawnMs : 0);
  for (;;) {
    const screen = await runtime.screen(handle);
    if (dialogOn(engine, session, screen) || performance.now() >= deadline) return screen;
    await Bun.sleep(pollMs);
  }
}

function record(
  engine: Engine,
  session: Session,
  isAllowed: boolean,
  isAnswered: boolean,
): ApprovalResult {
  const { id: sessionId, activityDetail } = session;
  const verdict = isAllowed ? "allowed" : "refused";
  const asked = activityDetail?.text ?? "";
  const detail = `by \`ao approve\`: ${asked}`;
  engine.store.write((tx) => recordEvidence(tx, sessionId, { source: "person", verdict, detail }));
  return { sessionId, isAllowed, asked, isAnswered };
}

function answerable(
  engine: Engine,
  session: Session,
  screen: Screen,
): KnownDialog & { answer: NonNullable<KnownDialog["answer"]> } {
  const dialog = dialogOn(engine, session, screen);
  if (!dialog) {
    const hint = `ao screen ${session.id}`;
    throw new AoError("conflict", `no known dialog is on the screen of ${session.id}`, hint);
  }
  if (dialog.kind !== "approval" || !dialog.answer || !screen.isComplete) throw unsafe(session);
  return { ...dialog, answer: dialog.answer };
}

function unsafe(session: Session): AoError {
  return new AoError(
    "conflict",
    `the dialog of ${session.id} cannot be answered safely from here`,
    `ao attach ${session.id}`,
  );
}

async function goesAway(
  engine: Engine,
  runtime: Runtime,
  handle: RuntimeHandle,
  session: Session,
): Promise<boolean> {
  const deadline = performance.now() + goneMs;
  do {
    await Bun.sleep(pollMs);
    const screen = await runtime.screen(handle);
    if (screen.isComplete && dialogOn(engine, session, screen) === undefined) return true;
  } while (performance.now() < deadline);
  return false;
}
