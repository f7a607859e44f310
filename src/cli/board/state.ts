import type { SessionView } from "../../engine/view.ts";
import { type Draft, edit, emptyDraft, textOf } from "./draft.ts";
import type { Key, KeyName } from "./keys.ts";

/** What the person is in the middle of. */
export type Mode =
  | { kind: "list" }
  | { kind: "help" }
  | { kind: "kill"; id: string }
  | { kind: "send"; id: string; draft: Draft };

/** One line for the person, at the bottom. */
export interface Note {
  text: string;
  tone: "plain" | "good" | "bad";
}

/** What the board knows besides the sessions. */
export interface BoardState {
  selected: string | undefined;
  /** Where the selected one stood, for when it goes away. */
  index: number;
  mode: Mode;
  note: Note | undefined;
}

/** What is to be done after a key. */
export type Action =
  | { kind: "attach"; id: string }
  | { kind: "kill"; id: string }
  /** `asked`: what the person saw, so that nothing else is answered. */
  | { kind: "approve" | "deny"; id: string; asked: string }
  | { kind: "send"; id: string; text: string }
  | { kind: "quit"; exitCode: number };

/** The state after a key, and what it leads to. */
export interface Pressed {
  state: BoardState;
  action?: Action;
}

/** A board on which nothing was pressed yet. */
export const freshState: BoardState = {
  selected: undefined,
  index: 0,
  mode: { kind: "list" },
  note: undefined,
};

/** Keeps the selection on its session, or on its place when that session is gone. */
export function settle(state: BoardState, order: readonly SessionView[]): BoardState {
  const found = order.findIndex(({ id }) => id === state.selected);
  const index = found >= 0 ? found : Math.max(0, Math.min(state.index, order.length - 1));
  return { ...state, index, selected: order[index]?.id };
}

/** What a key does to a board whose sessions are shown in an order. Pure. */
export function press(state: BoardState, key: Key, order: readonly SessionView[]): Pressed {
  if ("name" in key && key.name === "interrupt") return quit(state, 130);
  switch (state.mode.kind) {
    case "help":
      return { state: { ...state, mode: { kind: "list" } } };
    case "kill":
      return answerKill(state, key, state.mode.id);
    case "send":
      return write(state, key, state.mode);
    case "list":
      return pressInList({ ...state, note: undefined }, key, order);
  }
}

function pressInList(state: BoardState, key: Key, order: readonly SessionView[]): Pressed {
  const steps: Partial<Record<KeyName | string, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageUp: -10,
    pageDown: 10,
    home: -order.length,
    g: -order.length,
    end: order.length,
    G: order.length,
  };
  // A text that was pasted by mistake must not be taken for commands.
  if ("paste" in key) return { state };
  const pressed = "name" in key ? key.name : key.text;
  const step = Object.hasOwn(steps, pressed) ? steps[pressed] : undefined;
  if (step !== undefined) return { state: move(state, step, order) };
  if (pressed === "q") return quit(state, 0);
  if (pressed === "?") return { state: { ...state, mode: { kind: "help" } } };
  const session = order.find(({ id }) => id === state.selected);
  return session ? pressOn(state, pressed, session) : { state };
}

function pressOn(state: BoardState, pressed: string, session: SessionView): Pressed {
  const { id, isTerminated } = session;
  const hasEnded = () => say(state, `${id} has ended`, "bad");
  switch (pressed) {
    case "enter":
    case "a":
      return isTerminated ? hasEnded() : { state, action: { kind: "attach", id } };
    case "s":
      if (isTerminated) return hasEnded();
      return { state: { ...state, mode: { kind: "send", id, draft: emptyDraft } } };
    case "x":
      return isTerminated ? hasEnded() : { state: { ...state, mode: { kind: "kill", id } } };
    case "y":
      return answer(state, session, "approve");
    case "n":
      return answer(state, session, "deny");
    case "o":
      return say(
        state,
        session.prs.map(({ url }) => url).join("  ") || `${id} has no pull request`,
      );
    default:
      return { state };
  }
}

function answer(state: BoardState, session: SessionView, kind: "approve" | "deny"): Pressed {
  const { id, status, activityDetail } = session;
  if (status !== "needs_approval") return say(state, `${id} asks for no approval`, "bad");
  return { state, action: { kind, id, asked: activityDetail?.text ?? "" } };
}

function answerKill(state: BoardState, key: Key, id: string): Pressed {
  const next: BoardState = { ...state, mode: { kind: "list" } };
  const isYes = "text" in key && key.text.toLowerCase() === "y";
  return isYes ? { state: next, action: { kind: "kill", id } } : { state: next };
}

function write(state: BoardState, key: Key, mode: Mode & { kind: "send" }): Pressed {
  const list: BoardState = { ...state, mode: { kind: "list" } };
  if ("name" in key && key.name === "escape") return { state: list };
  if ("name" in key && key.name === "enter") {
    const text = textOf(mode.draft);
    if (text.trim() === "") return { state: list };
    return { state: list, action: { kind: "send", id: mode.id, text } };
  }
  const draft = edit(mode.draft, key) ?? mode.draft;
  return { state: { ...state, mode: { ...mode, draft } } };
}

function move(state: BoardState, step: number, order: readonly SessionView[]): BoardState {
  const index = Math.max(0, Math.min(state.index + step, order.length - 1));
  return { ...state, index, selected: order[index]?.id };
}

function say(state: BoardState, text: string, tone: Note["tone"] = "plain"): Pressed {
  return { state: { ...state, note: { text, tone } } };
}

function quit(state: BoardState, exitCode: number): Pressed {
  return { state, action: { kind: "quit", exitCode } };
}
