import { runningTerminal } from "../engine/attach.ts";
import { AoError } from "../error.ts";
import type { Attachment } from "../runtime/port.ts";
import { command, type Context } from "./command.ts";
import { DetachKey } from "./detach.ts";
import { chosenSession, sessionArgument } from "./session/id.ts";
import { ended } from "./session/watch.ts";

/** Leaves the alternate screen, shows the cursor, turns off what a program may have turned on. */
const resetTerminal =
  "\u001b[?1049l\u001b[?25h\u001b[?2004l\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l" +
  "\u001b[?1l\u001b>\u001b[0m\r\n";

export const attach = command({
  meta: { name: "attach", description: "Look over an agent's shoulder, and type" },
  details: "Press ctrl-\\ and then d to leave; the agent goes on. ctrl-\\ twice sends it once.",
  args: {
    session: sessionArgument,
    watch: { type: "boolean", description: "Only look: nothing that you type reaches the agent" },
  },
  example: "ao attach shop-2",
  async run(context, args) {
    const id = chosenSession(args.session);
    context.output.note(await attachTo(context, id, args.watch));
  },
});

/**
 * Joins the person's terminal with an agent's, until either leaves; returns how it ended, as a
 * sentence. Throws `not_found`, `conflict` when the agent has no terminal, `usage` when the person
 * has none.
 */
export async function attachTo(context: Context, id: string, isReadOnly: boolean): Promise<string> {
  const engine = await context.openEngine();
  const { runtime, handle } = await runningTerminal(engine, id);
  if (!process.stdin.isTTY || !context.output.isTerminal) {
    throw new AoError("usage", "attach wants a terminal", `ao logs ${id} --follow`);
  }
  const attachment = await runtime.attach(handle, { ...sizeOfTerminal(), scrollback: 0 });
  const how = await join(context, attachment, isReadOnly);
  return how === "ended" ? `the agent of ${id} ended` : `left ${id}; it goes on`;
}

async function join(
  { output, interrupt }: Context,
  attachment: Attachment,
  isReadOnly: boolean,
): Promise<"ended" | "detached"> {
  const detachKey = new DetachKey();
  const onInput = (bytes: Uint8Array) => {
    const { forward, isDetach } = detachKey.read(bytes);
    if (!isReadOnly && forward.length > 0) attachment.write(forward);
    if (isDetach) attachment.close();
  };
  const onResize = () => {
    const { columns, rows } = sizeOfTerminal();
    attachment.resize(columns, rows);
  };
  attachment.onOutput((bytes) => output.data(bytes));
  process.stdin.setRawMode(true);
  process.stdin.on("data", onInput);
  process.stdin.resume();
  process.stdout.on("resize", onResize);
  try {
    const stopped = ended(interrupt, output.closed).then(() => "detached" as const);
    return await Promise.race([attachment.closed, stopped]);
  } finally {
    attachment.close();
    process.stdout.off("resize", onResize);
    process.stdin.off("data", onInput);
    process.stdin.setRawMode(false);
    process.stdin.pause();
    output.data(resetTerminal);
  }
}

/** The size of the person's terminal. */
export function sizeOfTerminal(): { columns: number; rows: number } {
  return { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
}
