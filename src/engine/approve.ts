import type { KnownDialog } from "../agent/port.ts";
import { agents } from "../agent/table.ts";
import { withoutDialog } from "../domain/hook.ts";
import type { ActivityDetail, Session } from "../domain/session.ts";
import { AoError } from "../error.ts";
import type { Runtime, RuntimeHandle, Screen } from "../runtime/port.ts";
import { recordEvidence } from "../store/evidence.ts";
import { getSession, patchSession } from "../store/session.ts";
import { dialogOn, recheckDialog } from "./dialog.ts";
import type { Engine } from "./engine.ts";
import { answerOpencode } from "./opencode/opencode.ts";
import { notifyDialog } from "./signal.ts";
import { livingHandle } from "./terminal.ts";

/** How long the dialog may take to go away after the key was pressed. */
const goneMs = 5_000;
const pollMs = 100;

/** So much of what is asked tells which of several dialogs is on the screen. */
const knownLetters = 40;

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
  if (!isOnTop(session.activityDetail, screen.lines)) throw unsafe(session);
  const { allowKeys, denyKeys, allowIsSelected } = dialog.answer;
  if (isAllowed && !allowIsSelected.test(screen.lines.join("\n"))) throw unsafe(session);
  // The dialog may have become another while this one was looked for.
  refuseOther(getSession(engine.store, id), asked);
  await runtime.submit(handle, `approve:${crypto.randomUUID()}`, isAllowed ? allowKeys : denyKeys);
  const isAnswered = await goesAway(engine, runtime, handle, session);
  const result = record(engine, session, isAllowed, isAnswered);
  if (isAnswered && isAllowed) goOn(engine, session);
  const current = getSession(engine.store, id);
  // Refusing fires no hook in some agents; the screen is what tells.
  if (isAnswered && !isAllowed && current.activity === "blocked") {
    await recheckDialog(engine, current);
  }
  return result;
}

/** The call that was allowed runs now; its end, which is what a hook tells of, can be far off. */
function goOn(engine: Engine, seen: Session): void {
  engine.store.write((tx) => {
    const session = getSession(tx, seen.id);
    const { activityAt, activityDetail } = session;
    if (session.activity !== "blocked" || activityAt !== seen.activityAt) return;
    // A hook has told more meanwhile.
    if (activityDetail?.text !== seen.activityDetail?.text) return;
    const { activity, detail } = withoutDialog(activityDetail, activityDetail?.call) ?? atWork;
    patchSession(tx, session, { activity, activityAt: tx.now, activityDetail: detail });
    notifyDialog(tx, getSession(tx, session.id), session);
  });
}

const atWork = { activity: "active", detail: null } as const;

/**
 * Whether the dialog that a session tells of is the one on its screen, where several wait: what
 * is asked stands nearest to the screen's end, below what the program has written of all of them.
 */
export function isOnTop(detail: ActivityDetail | null, lines: readonly string[]): boolean {
  if (!detail?.behind?.length) return true;
  const shown = letters(lines.join(""));
  const found = [detail, ...detail.behind].map(({ text }) => {
    const asked = letters(text.slice(text.indexOf(": ") + 1)).slice(0, knownLetters);
    return { asked, at: shown.lastIndexOf(asked) };
  });
  const [own, ...others] = found;
  if (!own || own.at < 0) return false;
  // One that begins like another, and is found in the same place, is the longer one.
  return others.every(
    ({ asked, at }) => at < own.at || (at === own.at && asked.length < own.asked.length),
  );
}

/** Boxes and line breaks stand between the words of a screen, and long words are broken. */
function letters(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, "");
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
    // Its place may be taken by another at once.
    const { activity, activityDetail } = getSession(engine.store, session.id);
    const isOther = activityDetail?.text !== session.activityDetail?.text;
    if (session.activity === "blocked" && (activity !== "blocked" || isOther)) return true;
    if (screen.isComplete && !isOnTop(session.activityDetail, screen.lines)) return true;
  } while (performance.now() < deadline);
  return false;
}
