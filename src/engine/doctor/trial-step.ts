import type { AgentAdapter } from "../../agent/port.ts";
import type { Session } from "../../domain/session.ts";
import { AoError } from "../../error.ts";
import { git } from "../../git/command.ts";
import { eventsAfter } from "../../store/event.ts";
import type { Project } from "../../store/project.ts";
import { getSession } from "../../store/session.ts";
import { cleanup } from "../cleanup.ts";
import { dialogOn } from "../dialog.ts";
import type { Engine } from "../engine.ts";
import { kill } from "../kill.ts";
import { reapOne } from "../reap.ts";
import { restore } from "../restore.ts";
import { howItEnded } from "../settle.ts";
import { spawn } from "../spawn.ts";
import { lastOutput, livingHandle } from "../terminal.ts";
import { excludesOf } from "../workspace.ts";

/** One agent that is being tried, in a scratch repository. */
export interface Trial {
  /** Works on the scratch data directory. */
  engine: Engine;
  adapter: AgentAdapter;
  project: Project;
  /** Stands in the task, and so on the screen of a conversation that goes on. */
  word: string;
  /** The session, once it was started. */
  id: string | null;
}

/** A step of a trial; it fails by throwing. */
export interface TrialStep {
  name: string;
  /** Why this kind of agent cannot do it; undefined when it can. */
  cannot(adapter: AgentAdapter): string | undefined;
  run(trial: Trial): Promise<void>;
}

/** How long a program may take to report anything, in milliseconds: some install themselves. */
const signalMs = 90_000;
/** How long one short turn may take. */
const turnMs = 120_000;
/** How long a resumed conversation may take to show itself. */
const resumeMs = 60_000;
/** Shown and not reported for so long, it is one whose program reports with the next turn only. */
const shownMs = 10_000;
const pollMs = 200;
/** A screen costs more than a row: every so many looks. */
const looksPerScreen = 5;

const always = () => undefined;
const withSignals = ({ hasSignals }: AgentAdapter) =>
  hasSignals ? undefined : "it does not report what it does";

/** The steps, in order. Only the first spends anything: the task is the one turn. */
export const trialSteps: readonly TrialStep[] = [
  { name: "start", cannot: always, run: start },
  { name: "signal", cannot: withSignals, run: seeSignal },
  { name: "prompt", cannot: withSignals, run: seePrompt },
  { name: "idle", cannot: withSignals, run: seeIdle },
  { name: "stop", cannot: always, run: stop },
  { name: "resume", cannot: resumeReason, run: resume },
  { name: "clean", cannot: always, run: seeCleanTree },
  { name: "end", cannot: always, run: end },
];

/** The task of a trial: as short a turn as there is. */
export function trialTask(word: string): string {
  return `Reply with the one word ${word} and nothing else. Use no tools and change no files.`;
}

async function start(trial: Trial): Promise<void> {
  const { engine, adapter, project, word } = trial;
  const prompt = trialTask(word);
  const mode = "default";
  const session = await spawn(engine, {
    project,
    prompt,
    mode,
    agent: adapter.name,
    runtime: "pty",
  });
  trial.id = session.id;
}

async function seeSignal(trial: Trial): Promise<void> {
  await until(trial, signalMs, "a first signal", (session) => session.firstSignalAt !== null);
}

/** The one move to `active` that no tool call makes is the program's own receipt of the task. */
async function seePrompt(trial: Trial): Promise<void> {
  await until(trial, signalMs, "a sign that it took its task", () => isWorkSeen(trial));
}

async function seeIdle(trial: Trial): Promise<void> {
  await until(trial, turnMs, "the end of its turn", ({ activity, activityDetail }) => {
    return (activity === "idle" || activity === "waiting_input") && activityDetail === null;
  });
}

async function stop({ engine, id }: Trial): Promise<void> {
  const { survivors } = await kill(engine, idOf(id));
  const [survivor] = survivors;
  if (survivor) throw new AoError("failed", `process ${survivor.pid} does not end`);
}

function resumeReason(adapter: AgentAdapter): string | undefined {
  if (!adapter.resume) return "it cannot continue a conversation";
  if (adapter.conversation === "folder") return "only its program tells which one it continues";
  const isKnown = adapter.hasSignals || adapter.conversation === "chosen";
  return isKnown ? undefined : "nothing tells the id of its conversation";
}

/** No turn is spent: it reports the same conversation, or shows what was said in it. */
async function resume(trial: Trial): Promise<void> {
  const { engine, word } = trial;
  const id = idOf(trial.id);
  const { agentSessionId } = getSession(engine.store, id);
  if (agentSessionId === null) throw new AoError("failed", "its conversation id is not known");
  await restore(engine, id);
  let shownAt = Infinity;
  await until(trial, resumeMs, "its conversation", async (session) => {
    if (session.agentSessionId !== agentSessionId) {
      const what = `conversation ${agentSessionId} became ${session.agentSessionId}`;
      throw new AoError("failed", what);
    }
    if (session.firstSignalAt !== null) return true;
    const isShown = (await screenText(engine, session)).includes(word);
    shownAt = isShown ? Math.min(shownAt, performance.now()) : Infinity;
    return performance.now() - shownAt >= shownMs;
  });
}

async function seeCleanTree({ engine, id }: Trial): Promise<void> {
  const { worktreePath: at } = getSession(engine.store, idOf(id));
  const env = excludesOf(engine, idOf(id));
  const status = await git(["status", "--porcelain", "-uall"], { at, env });
  const found = status.split("\n").filter(Boolean);
  if (found.length > 0) throw new AoError("failed", `git status shows ${found.join(", ")}`);
}

/** Also what a trial that failed or was interrupted goes through. */
async function end({ engine, id }: Trial): Promise<void> {
  if (id === null) return;
  const { survivors } = await kill(engine, id);
  const [survivor] = survivors;
  if (survivor) throw new AoError("failed", `process ${survivor.pid} does not end`);
  const [result] = await cleanup(engine, { ids: [id], isPurge: true });
  if (result?.outcome !== "kept") return;
  throw new AoError("failed", `its worktree could not be removed: ${result.reason}`);
}

/**
 * Looks again and again until it is so. Throws `failed` as soon as the agent ended or asks
 * something, `timeout` with the end of its screen, `interrupted`.
 */
async function until(
  trial: Trial,
  withinMs: number,
  what: string,
  look: (session: Session) => boolean | Promise<boolean>,
): Promise<void> {
  const { engine } = trial;
  const id = idOf(trial.id);
  const deadline = performance.now() + withinMs;
  for (let looks = 1; ; looks += 1) {
    if (engine.interrupt.aborted) throw new AoError("interrupted", "interrupted");
    await reapOne(engine, id);
    const session = getSession(engine.store, id);
    if (await look(session)) return;
    await refuseTrouble(engine, session, looks % looksPerScreen === 0);
    if (performance.now() >= deadline) {
      const text = `${what} did not come within ${withinMs / 1_000} s`;
      throw new AoError("timeout", text + endOf(await screenText(engine, session)));
    }
    await Bun.sleep(pollMs);
  }
}

/** What no further waiting can help. */
async function refuseTrouble(engine: Engine, session: Session, withScreen: boolean): Promise<void> {
  if (session.activity === "exited" || session.isTerminated) {
    const said = await lastOutput(engine, session);
    const how = howItEnded({ exitCode: session.exitCode, signal: session.exitSignal });
    throw new AoError("failed", `the agent ${how}${said && `: ${said}`}`);
  }
  const { activityDetail } = session;
  if (activityDetail) {
    throw new AoError("failed", `it asks (${activityDetail.kind}): ${activityDetail.text}`);
  }
  if (!withScreen || session.runtimeHandle === null) return;
  const screen = await engine.runtime(session.runtime).then((runtime) => {
    return runtime.screen(JSON.parse(session.runtimeHandle ?? ""));
  });
  const dialog = dialogOn(engine, session, screen);
  if (dialog) throw new AoError("failed", `its screen shows a ${dialog.kind} dialog`);
}

function isWorkSeen({ engine, id }: Trial): boolean {
  const filter = { sessionId: idOf(id), types: ["session_updated"] };
  return eventsAfter(engine.store, 0, filter, 1_000).some(({ payload }) => isActive(payload));
}

function isActive(payload: unknown): boolean {
  return (
    typeof payload === "object" &&
    payload !== null &&
    "activity" in payload &&
    payload.activity === "active"
  );
}

/** The text on a screen; empty while the terminal does not answer. */
async function screenText(engine: Engine, session: Session): Promise<string> {
  try {
    const handle = await livingHandle(engine, session);
    if (!handle) return "";
    const { lines } = await (await engine.runtime(session.runtime)).screen(handle);
    return lines.join("\n");
  } catch (error) {
    // A terminal that has only just started, or just ended, is looked at again.
    if (error instanceof AoError) return "";
    throw error;
  }
}

/** The last lines of a screen, for an error. */
function endOf(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const last = lines.filter(Boolean).slice(-3).join(" / ").slice(0, 300);
  return last && `; its screen ends with: ${last}`;
}

function idOf(id: string | null): string {
  if (id === null) throw new Error("the session of the trial was not started");
  return id;
}
