import type { History } from "../history.ts";
import type { Attachment, AttachOptions } from "../port.ts";
import { HolderClient } from "./client.ts";

/**
 * Joins a person's terminal to a holder's. The first thing that comes out is a redraw, drawn here
 * and not in the holder, then the agent's own bytes; a person's terminal that is too slow gets a
 * redraw in place of what was left out.
 */
export async function attachHolder(
  socketPath: string,
  options: AttachOptions,
): Promise<Attachment> {
  const client = await HolderClient.connect(socketPath);
  const output = new OrderedOutput(options.scrollback ?? 0);
  client.onOutput = (bytes) => output.add(async () => bytes);
  client.onHistory = (history) => output.redraw(history);
  const { columns, rows } = options;
  try {
    await client.request("attach", { columns, rows });
  } catch (error) {
    client.close();
    throw error;
  }
  let isLeft = false;
  return {
    onOutput: (listener) => output.listen(listener),
    closed: client.closed.then(async () => {
      await output.done();
      return isLeft ? "detached" : "ended";
    }),
    write: (bytes) => client.input(bytes),
    resize: (newColumns, newRows) => {
      // An answer is not needed, and there is none when the agent has just ended.
      client.request("resize", { columns: newColumns, rows: newRows }).catch(() => undefined);
    },
    close: () => {
      isLeft = true;
      client.close();
    },
  };
}

/** Keeps pieces in order, though drawing a history takes a while. */
class OrderedOutput {
  private listener: ((bytes: Uint8Array) => void) | undefined;
  private early: Uint8Array[] = [];
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly redrawScrollback: number) {}

  listen(listener: (bytes: Uint8Array) => void): void {
    this.listener = listener;
    for (const bytes of this.early.splice(0)) listener(bytes);
  }

  redraw(history: History): void {
    this.add(async () => {
      const { renderScreen } = await import("../render.ts");
      const { redrawScrollback } = this;
      return Buffer.from((await renderScreen(history, { redrawScrollback })).redraw);
    });
  }

  add(piece: () => Promise<Uint8Array>): void {
    this.last = this.last.then(async () => {
      const bytes = await piece();
      if (this.listener) this.listener(bytes);
      else this.early.push(bytes);
    });
  }

  async done(): Promise<void> {
    await this.last;
  }
}
