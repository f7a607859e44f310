import type { Engine } from "../../engine/engine.ts";
import { Loops } from "../../engine/loops.ts";
import type { SessionView } from "../../engine/view.ts";
import { messageOf } from "../../error.ts";
import { watchCommits } from "../../store/follow.ts";
import type { Output } from "../output.ts";
import { renderTable } from "../table.ts";
import { sessionTable } from "./table.ts";

/** Ages and silence change without any event. */
const redrawMs = 1_000;

const clear = "\u001b[H\u001b[J";

/** Draws the sessions again whenever something changes; with `--json` a line for each change. */
export async function watchSessions(
  engine: Engine,
  output: Output,
  interrupt: AbortSignal,
  read: () => SessionView[],
): Promise<number> {
  const loops = new Loops(engine, (error) => output.warn(messageOf(error)));
  loops.start();
  let last = "";
  const draw = () => {
    const sessions = read();
    const text = output.isJson ? `${JSON.stringify({ sessions })}\n` : screenOf(output, sessions);
    if (text === last) return;
    last = text;
    output.data(output.isTerminal && !output.isJson ? clear + text : text);
  };
  const unwatch = watchCommits(engine.store, draw);
  const timer = setInterval(draw, redrawMs);
  try {
    draw();
    await Promise.race([ended(interrupt, output.closed), loops.failed]);
    return interrupt.aborted ? 130 : 0;
  } finally {
    clearInterval(timer);
    unwatch();
    await loops.stop();
  }
}

function screenOf(output: Output, sessions: SessionView[]): string {
  if (sessions.length === 0) return 'no live sessions; start one: `ao spawn "the task"`\n';
  return renderTable(sessions, sessionTable(Date.now()), output.paint, output.width);
}

/** Resolves when the person interrupts, or nobody reads any more. */
export async function ended(...signals: AbortSignal[]): Promise<void> {
  const any = AbortSignal.any(signals);
  if (any.aborted) return;
  await new Promise<void>((resolve) => any.addEventListener("abort", () => resolve()));
}
