import type { Attachment, AttachOptions } from "../port.ts";
import { openTerminal } from "../pty/terminal.ts";
import { tmuxEnvironment, type TmuxServer } from "./server.ts";

/** Joins a person's terminal to a pane through a tmux client in a terminal of its own. */
export function attachPane(server: TmuxServer, pane: string, options: AttachOptions): Attachment {
  let listener: ((bytes: Uint8Array) => void) | undefined;
  const early: Uint8Array[] = [];
  const { columns, rows } = options;
  const client = openTerminal(server.argv(["attach-session", "-t", pane]), {
    cwd: "/",
    env: { ...tmuxEnvironment(), COLORTERM: "truecolor" },
    columns,
    rows,
    onOutput: (bytes) => {
      if (listener) listener(bytes);
      else early.push(bytes);
    },
  });
  let isLeft = false;
  return {
    onOutput: (newListener) => {
      listener = newListener;
      for (const bytes of early.splice(0)) newListener(bytes);
    },
    closed: client.exited.then(() => {
      client.close();
      return isLeft ? "detached" : "ended";
    }),
    write: (bytes) => client.write(bytes),
    resize: (newColumns, newRows) => client.resize({ columns: newColumns, rows: newRows }),
    close: () => {
      isLeft = true;
      client.hangUp();
    },
  };
}
