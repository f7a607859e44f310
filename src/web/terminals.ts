import type { ServerWebSocket } from "bun";
import * as v from "valibot";

import { runningTerminal } from "../engine/attach.ts";
import type { Engine } from "../engine/engine.ts";
import { messageOf } from "../error.ts";
import type { Attachment } from "../runtime/port.ts";
import { Refusal } from "./envelope.ts";
import type { Access } from "./guard.ts";
import { clientFrame, type ServerFrame } from "./schema/terminal.ts";
import type { Limits } from "./web.ts";

/** What a connection knows of itself. */
export interface SocketData {
  sessionId: string;
  access: Access;
  view?: TerminalView;
}

export type Socket = ServerWebSocket<SocketData>;

/** Close codes: RFC 6455, section 7.4, and 4000 on for what it does not name. */
const closeCodes = { ended: 1000, leaving: 1001, refused: 1008, failed: 1011, gone: 4004 };

/** Lines above the screen that a client gets at first. */
const scrollback = 1_000;

/** All terminals that are looked at through this daemon, and who of the lookers types. */
export class Terminals {
  readonly #sockets = new Set<Socket>();

  constructor(
    private readonly engine: Engine,
    private readonly limits: Limits,
  ) {}

  /** Throws a refusal when there are too many. */
  refuseMore(): void {
    if (this.#sockets.size < this.limits.terminals) return;
    const message = `${this.#sockets.size} terminals are open, and no more are allowed`;
    throw new Refusal(429, "TOO_MANY_TERMINALS", message);
  }

  /** Joins a new connection to its session's terminal, for looking only. */
  async open(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    const view = new TerminalView(this.engine, socket, this.#peers(socket));
    socket.data.view = view;
    await view.open();
  }

  message(socket: Socket, content: string | Uint8Array): void {
    socket.data.view?.receive(content);
  }

  close(socket: Socket): void {
    this.#sockets.delete(socket);
    socket.data.view?.close();
  }

  /** Sends everybody away. */
  stop(): void {
    for (const socket of this.#sockets) socket.close(closeCodes.leaving, "the daemon ends");
  }

  /** The others who look at the same terminal. */
  #peers(own: Socket): () => TerminalView[] {
    return () =>
      [...this.#sockets].flatMap(({ data }) =>
        data.sessionId === own.data.sessionId && data.view && data.view !== own.data.view
          ? [data.view]
          : [],
      );
  }
}

/** One client at one terminal: it looks, until it takes over. */
class TerminalView {
  #attachment: Attachment | undefined;
  #hasControl = false;
  #isClosed = false;

  constructor(
    private readonly engine: Engine,
    private readonly socket: Socket,
    private readonly peers: () => TerminalView[],
  ) {}

  async open(): Promise<void> {
    try {
      const { runtime, handle } = await runningTerminal(this.engine, this.socket.data.sessionId);
      // Whoever only looks leaves the size as it is.
      const { columns, rows } = await runtime.screen(handle);
      const attachment = await runtime.attach(handle, { columns, rows, scrollback });
      if (this.#isClosed) return attachment.close();
      this.#attachment = attachment;
      this.#tell({ type: "size", columns, rows });
      attachment.onOutput((bytes) => this.#show(bytes));
      void attachment.closed.then((how) => this.#onClosed(how));
    } catch (error) {
      this.socket.close(closeCodes.gone, messageOf(error).slice(0, 100));
    }
  }

  receive(content: string | Uint8Array): void {
    if (!this.socket.data.access.isValid()) return this.#shutOut();
    if (typeof content === "string") return this.#obey(content);
    if (this.#hasControl) this.#attachment?.write(content);
    else this.#tell({ type: "control", isYours: false });
  }

  close(): void {
    this.#isClosed = true;
    this.#hasControl = false;
    this.#attachment?.close();
  }

  #obey(text: string): void {
    const frame = parse(text);
    if (!frame) return this.socket.close(closeCodes.refused, "this is no frame that is known");
    if (frame.type === "release") return this.#setControl(false);
    if (frame.type === "takeOver") {
      for (const peer of this.peers()) peer.#setControl(false);
      this.#setControl(true);
    } else if (!this.#hasControl) return this.#tell({ type: "control", isYours: false });
    const { columns, rows } = frame;
    this.#attachment?.resize(columns, rows);
    for (const peer of this.peers()) peer.#tell({ type: "size", columns, rows });
  }

  #setControl(isYours: boolean): void {
    if (this.#hasControl === isYours && !isYours) return;
    this.#hasControl = isYours;
    this.#tell({ type: "control", isYours });
  }

  #show(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    if (this.socket.data.access.isValid()) this.socket.sendBinary(bytes);
    else this.#shutOut();
  }

  #shutOut(): void {
    this.socket.close(closeCodes.refused, "the token was replaced");
  }

  #tell(frame: ServerFrame): void {
    if (!this.#isClosed) this.socket.sendText(JSON.stringify(frame));
  }

  #onClosed(how: "ended" | "detached"): void {
    if (this.#isClosed) return;
    if (how === "ended") this.#tell({ type: "ended" });
    this.socket.close(how === "ended" ? closeCodes.ended : closeCodes.failed, how);
  }
}

function parse(text: string): v.InferOutput<typeof clientFrame> | undefined {
  try {
    const result = v.safeParse(clientFrame, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    // No JSON is no frame either.
    return undefined;
  }
}
