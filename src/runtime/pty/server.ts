import { chmodSync, existsSync, rmSync } from "node:fs";

import type { Socket, UnixSocketListener } from "bun";

import { AoError, messageOf } from "../../error.ts";
import { encodeHistory, type TerminalSize } from "../history.ts";
import { complain } from "./complain.ts";
import type { Holder } from "./holder.ts";
import { Outbox } from "./outbox.ts";
import {
  decodeJson,
  encodeFrame,
  encodeJson,
  type Frame,
  FrameReader,
  frameTypes,
  type Hello,
  protocolVersion,
} from "./protocol.ts";

/** Beyond this an attached reader gets no more output, but a whole redraw once it has caught up. */
const maxLagBytes = 4 * 1024 * 1024;
/** How long those who are attached may take for the last output. */
const farewellMs = 500;

/** The socket of a holder. */
export class HolderServer {
  private listener: UnixSocketListener<Connection>;
  private readonly connections = new Set<Connection>();

  private constructor(
    private readonly socketPath: string,
    private readonly hold: () => Holder,
  ) {
    this.listener = this.open();
  }

  /**
   * Listens at a path, taking the place of a dead holder's socket. `hold` is asked when somebody
   * connects. Throws `conflict` when a living holder listens there.
   */
  static async listen(socketPath: string, hold: () => Holder): Promise<HolderServer> {
    if (await isAnswered(socketPath)) {
      throw new AoError("conflict", "this launch has a running terminal already");
    }
    rmSync(socketPath, { force: true });
    return new HolderServer(socketPath, hold);
  }

  /** Makes the socket again when it was deleted; those who are connected notice nothing. */
  listenAgain(): void {
    if (existsSync(this.socketPath)) return;
    this.listener.stop();
    this.listener = this.open();
  }

  /** Tells everybody that the agent has ended, gives them the last output, and closes. */
  async close(): Promise<void> {
    const farewells = [...this.connections].map((connection) => connection.end());
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, farewellMs);
    await Promise.race([Promise.all(farewells), promise]);
    clearTimeout(timer);
    this.listener.stop(true);
    rmSync(this.socketPath, { force: true });
  }

  private open(): UnixSocketListener<Connection> {
    const listener = Bun.listen<Connection>({
      unix: this.socketPath,
      socket: {
        open: (socket) => {
          socket.data = new Connection(socket, this.hold());
          this.connections.add(socket.data);
        },
        data: (socket, chunk) => socket.data.receive(chunk),
        drain: (socket) => socket.data.drain(),
        error: (socket, error) => {
          complain("connection", error);
          socket.terminate();
        },
        close: (socket) => {
          socket.data.close();
          this.connections.delete(socket.data);
        },
      },
    });
    chmodSync(this.socketPath, 0o600);
    return listener;
  }
}

async function isAnswered(socketPath: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: socketPath, socket: { data: () => undefined } });
    socket.end();
    return true;
  } catch {
    // Refused or not there: nobody listens.
    return false;
  }
}

/** One `ao` that talks to this holder. */
class Connection {
  private readonly reader = new FrameReader();
  private readonly outbox: Outbox;
  private isLagging = false;
  private readonly listener = (bytes: Uint8Array) => this.output(bytes);

  constructor(
    private readonly socket: Socket<Connection>,
    private readonly holder: Holder,
  ) {
    this.outbox = new Outbox(socket);
  }

  receive(chunk: Uint8Array): void {
    try {
      for (const frame of this.reader.push(chunk)) this.take(frame);
    } catch {
      // Not a peer of this protocol, so no answer would be understood.
      this.socket.terminate();
    }
  }

  drain(): void {
    this.outbox.flush();
    if (!this.isLagging || this.outbox.size > 0) return;
    this.isLagging = false;
    this.sendHistory();
  }

  close(): void {
    this.holder.listeners.delete(this.listener);
  }

  async end(): Promise<void> {
    if (this.isLagging) this.sendHistory();
    this.outbox.send(encodeJson({ notice: "ended" }));
    await this.outbox.drained();
    this.socket.end();
  }

  private take({ type, payload }: Frame): void {
    if (type === frameTypes.input) this.holder.typist.input(payload);
    if (type === frameTypes.json) void this.answer(decodeJson(payload));
  }

  private async answer(request: Record<string, unknown>): Promise<void> {
    const id = Number(request["id"]);
    const params = paramsOf(request["params"]);
    try {
      const result = await this.perform(String(request["method"]), params);
      this.outbox.send(encodeJson({ id, result }));
    } catch (error) {
      const code = error instanceof AoError ? error.code : "failed";
      this.outbox.send(encodeJson({ id, error: { code, message: messageOf(error) } }));
    }
  }

  private async perform(
    method: string,
    params: Map<string, unknown>,
  ): Promise<Record<string, unknown>> {
    const { holder } = this;
    switch (method) {
      case "hello":
        return { ...this.hello() };
      case "history":
        this.sendHistory();
        return {};
      case "paste": {
        const text = String(params.get("text"));
        return { outcome: await holder.typist.paste(idOf(params), text, holder.hasBracketedPaste) };
      }
      case "submit":
        return {
          outcome: await holder.typist.submit(idOf(params), String(params.get("keys") ?? "\r")),
        };
      case "attach":
        holder.resize(sizeOf(params));
        this.sendHistory();
        holder.listeners.add(this.listener);
        return {};
      case "resize":
        holder.resize(sizeOf(params));
        return {};
      default:
        throw new AoError("usage", `holder does not know ${method}`);
    }
  }

  private hello(): Hello {
    const { spec, identity, agent } = this.holder;
    const { sessionId, launchId } = spec;
    return { protocol: protocolVersion, sessionId, launchId, holder: identity, agent };
  }

  private sendHistory(): void {
    this.outbox.send(encodeFrame(frameTypes.history, encodeHistory(this.holder.history())));
  }

  private output(bytes: Uint8Array): void {
    if (this.outbox.size > maxLagBytes) this.isLagging = true;
    if (!this.isLagging) this.outbox.send(encodeFrame(frameTypes.output, bytes));
  }
}

function paramsOf(value: unknown): Map<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

function idOf(params: Map<string, unknown>): string {
  const id = params.get("id");
  if (typeof id !== "string" || id === "") throw new AoError("usage", "delivery has no id");
  return id;
}

function sizeOf(params: Map<string, unknown>): TerminalSize {
  return { columns: bounded(params.get("columns"), 1000), rows: bounded(params.get("rows"), 500) };
}

function bounded(value: unknown, most: number): number {
  const number = Math.trunc(Number(value));
  if (!Number.isFinite(number)) throw new AoError("usage", "terminal size is no number");
  return Math.min(most, Math.max(2, number));
}
