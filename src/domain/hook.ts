import type { Signal } from "./lifecycle.ts";
import type { ActivityDetail, Dialog, Session } from "./session.ts";

/** What one hook event of an agent means. One table per agent maps its events to these. */
export type HookMeaning =
  /** The agent is there; it may have been given a task or not. */
  | { kind: "started" }
  /** It took a text: a turn begins, and the text is a receipt. */
  | { kind: "prompted"; prompt: string; pasted?: PastedFile[] }
  /** It works on something. */
  | { kind: "working" }
  | { kind: "tool_started"; call: string }
  | { kind: "tool_ended"; call: string }
  /**
   * A dialog came up. `call` names the tool call that raised it, when one did. `isShown`: it takes
   * the place of any other, whose return is told; else it waits behind one that is up already.
   */
  | { kind: "asked"; dialog: Dialog["kind"]; text: string; call?: string; isShown?: boolean }
  | { kind: "turn_ended" }
  /** The turn broke off and the agent waits for a person: an API error, a usage limit. */
  | { kind: "turn_failed"; text: string }
  /** It waits for the next instruction. */
  | { kind: "waiting" }
  /** A sign of life, and of the conversation's id, that tells nothing of what it does. */
  | { kind: "alive" };

/** A part of a prompt that the agent has put into a file, and what stands for it in the text. */
export interface PastedFile {
  placeholder: string;
  path: string;
}

/** A hook event, read. */
export interface HookEvent {
  meaning: HookMeaning;
  /** The agent's own conversation id; absent when the event does not tell it. */
  agentSessionId?: string;
}

/** What tells that a person has begun another conversation; a tool's call can be a sub-agent's. */
const beginning = new Set<HookMeaning["kind"]>(["started", "prompted", "working"]);

/** Largest payload of a hook that is read: 1 MiB. A larger one is refused, receipts included. */
export const hookPayloadBytes = 1024 * 1024;

/** Longest text of a dialog that is kept. */
const detailLength = 500;

/** So many dialogs at most are kept behind the one that is shown. */
const behindLimit = 20;

/**
 * Turns a hook event into a signal, given what the session was doing. While a dialog is on the
 * screen, only a turn boundary or the end of the very call that raised it takes it away: other
 * tool traffic is that of sub-agents.
 */
export function signalOf(
  event: HookEvent,
  session: Pick<Session, "activity" | "activityDetail" | "launchId" | "agentSessionId">,
  at: number,
): Signal {
  const { agentSessionId } = event;
  const isOwn = session.agentSessionId === null || beginning.has(event.meaning.kind);
  const base: Signal = {
    launchId: session.launchId ?? "",
    at,
    ...(agentSessionId && isOwn ? { agentSessionId } : {}),
  };
  const change = changeOf(event.meaning, session);
  return change ? { ...base, ...change } : base;
}

/** A short, stable name of a tool call: the same when it starts, asks and ends. */
export function toolCall(tool: string, input: unknown): string {
  return `${tool} ${toolSubject(input)}`.trim();
}

function changeOf(
  meaning: HookMeaning,
  session: Pick<Session, "activity" | "activityDetail">,
): Pick<Signal, "activity" | "detail"> | undefined {
  const isBlocked = session.activity === "blocked";
  switch (meaning.kind) {
    case "prompted":
      return { activity: "active", detail: null };
    case "working":
    case "tool_started":
      return isBlocked ? undefined : { activity: "active", detail: null };
    case "tool_ended":
      return isBlocked
        ? withoutDialog(session.activityDetail, meaning.call)
        : { activity: "active", detail: null };
    case "asked":
      return { activity: "blocked", detail: detailOf(meaning, isBlocked ? session : undefined) };
    case "turn_ended":
      return { activity: "idle", detail: null };
    case "turn_failed":
      return { activity: "waiting_input", detail: { kind: "question", text: cut(meaning.text) } };
    // It tells this after a turn that failed too, whose reason still holds.
    case "waiting":
      return isBlocked || session.activity === "waiting_input"
        ? undefined
        : { activity: "waiting_input", detail: null };
    case "started":
    case "alive":
      return undefined;
  }
}

/**
 * What is on the screen once a call has ended: the dialog behind it, or none; undefined when
 * nothing changes, since the call has raised no dialog.
 */
export function withoutDialog(
  detail: ActivityDetail | null,
  call: string | undefined,
): { activity: "active" | "blocked"; detail: ActivityDetail | null } | undefined {
  const { behind = [], ...shown } = detail ?? { kind: "approval", text: "" };
  if (shown.call === call) {
    const [next, ...rest] = behind;
    if (!next) return { activity: "active", detail: null };
    return { activity: "blocked", detail: withBehind(next, rest) };
  }
  const left = behind.filter((one) => one.call !== call);
  if (left.length === behind.length) return undefined;
  return { activity: "blocked", detail: withBehind(shown, left) };
}

/** Programs show the first dialog until it is answered; later ones wait behind it. */
function detailOf(
  asked: Extract<HookMeaning, { kind: "asked" }>,
  shown: Pick<Session, "activityDetail"> | undefined,
): ActivityDetail {
  const { dialog, text, call, isShown = false } = asked;
  const one: Dialog = { kind: dialog, text: cut(text), ...(call === undefined ? {} : { call }) };
  const first = shown?.activityDetail;
  // One that no call has raised is never told to be over: what comes after it takes its place.
  if (isShown || !first || first.call === undefined) return one;
  const { behind = [], ...up } = first;
  if (first.call === call) return withBehind(one, behind);
  const others = behind.filter((other) => other.call !== one.call || other.text !== one.text);
  return withBehind(up, [...others, one].slice(0, behindLimit));
}

function withBehind(shown: Dialog, behind: Dialog[]): ActivityDetail {
  return behind.length > 0 ? { ...shown, behind } : shown;
}

function cut(text: string): string {
  return text.length <= detailLength ? text : `${text.slice(0, detailLength - 1)}…`;
}

/** What a call is about. Agents describe the same call differently in different events. */
function toolSubject(input: unknown): string {
  if (typeof input === "string") return cut(input);
  if (typeof input !== "object" || input === null) return "";
  const fields = new Map<string, unknown>(Object.entries(input));
  for (const name of ["command", "file_path", "filePath", "path", "url", "pattern", "query"]) {
    const value = fields.get(name);
    if (typeof value === "string") return cut(value);
    if (Array.isArray(value)) return cut(value.join(" "));
  }
  return cut(JSON.stringify(input));
}
