import type { Socket } from "bun";

import { AoError, type ErrorCode, exitCodes, messageOf } from "../../error.ts";
import type { ProcessIdentity } from "../../process/identity.ts";
import { decodeHistory, type History } from "../history.ts";
import { Outbox } from "./outbox.ts";
import {
  decodeJson,
  encodeFrame,
  encodeJson,
  type Frame,
  FrameReader,
  frameTypes,
  type Hello,
  type Request,
} from "./protocol.ts";

/** Everything but a paste is answered at once; beyond this a holder is stuck. */
const requestMs = 10_000;

type Settle = { resolve(result: Record<string, unknown>): void; reject(error: Error): void };

/** A connection to one holder. */
export class HolderClient {
  /** Called with each piece of the terminal's output, once attached. */
  onOutput: ((bytes: Uint8Array) => void) | undefined;
  /** Called with each history: the one that was asked for, and one after output was left out. */
  onHistory: ((history: History) => void) | undefined;
  /** Resolves when the connection is closed; true when the holder said that the agent ended. */
  readonly closed: Promise<boolean>;
  private hasEnded = false;
  private nextId = 1;
  private readonly reader = new FrameReader();
  private readonly waiting = new Map<number, Settle>();
  private resolveClosed: (hasEnded: boolean) => void;
  private outbox: Outbox | undefined;
  private socket: Socket | undefined;

  private constructor() {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.closed = promise;
    this.resolveClosed = resolve;
  }

  /** Throws `unavailable` when no holder listens there. */
  static async connect(socketPath: string): Promise<HolderClient> {
    const client = new HolderClient();
    try {
      client.socket = await Bun.connect({
        unix: socketPath,
        socket: {
          data: (_socket, chunk) => client.receive(chunk),
          drain: () => client.outbox?.flush(),
          close: () => client.onClose(),
          error: () => client.onClose(),
        },
      });
    } catch (error) {
      const message = `terminal is not reachable: ${messageOf(error)}`;
      throw new AoError("unavailable", message, undefined, { cause: error });
    }
    client.outbox = new Outbox(client.socket);
    return client;
  }

  /** Connects, asks, and closes again, whatever happens. */
  static async with<Result>(
    socketPath: string,
    ask: (client: HolderClient) => Promise<Result>,
  ): Promise<Result> {
    const client = await HolderClient.connect(socketPath);
    try {
      return await ask(client);
    } finally {
      client.close();
    }
  }

  /** Throws what the holder answers, `timeout` after `withinMs`, `unavailable` when it is gone. */
  async request(
    method: Request["method"],
    params: Record<string, unknown> = {},
    withinMs = requestMs,
  ): Promise<Record<string, unknown>> {
    const id = this.nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
    this.waiting.set(id, { resolve, reject });
    const late = () =>
      reject(new AoError("timeout", `terminal did not answer within ${withinMs} ms`));
    const timer = setTimeout(late, withinMs);
    this.outbox?.send(encodeJson({ id, method, params }));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.waiting.delete(id);
    }
  }

  async hello(): Promise<Hello> {
    return helloOf(await this.request("hello"));
  }

  /** What the terminal showed at this moment. */
  async history(): Promise<History> {
    const { promise, resolve } = Promise.withResolvers<History>();
    this.onHistory = resolve;
    await this.request("history");
    return await promise;
  }

  input(bytes: Uint8Array): void {
    this.outbox?.send(encodeFrame(frameTypes.input, bytes));
  }

  close(): void {
    this.socket?.end();
    this.onClose();
  }

  private receive(chunk: Uint8Array): void {
    try {
      for (const frame of this.reader.push(chunk)) this.take(frame);
    } catch (error) {
      this.settleAll(error instanceof Error ? error : new Error(String(error)));
      this.close();
    }
  }

  private take({ type, payload }: Frame): void {
    if (type === frameTypes.output) this.onOutput?.(payload);
    if (type === frameTypes.history) this.onHistory?.(decodeHistory(payload));
    if (type === frameTypes.json) this.takeJson(decodeJson(payload));
  }

  private takeJson(message: Record<string, unknown>): void {
    if (message["notice"] === "ended") this.hasEnded = true;
    const settle = this.waiting.get(Number(message["id"]));
    if (!settle) return;
    if ("error" in message) settle.reject(errorOf(message["error"]));
    else settle.resolve(fieldsOf(message["result"]));
  }

  private onClose(): void {
    this.resolveClosed(this.hasEnded);
    this.settleAll(new AoError("unavailable", "terminal closed the connection"));
  }

  private settleAll(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
  }
}

function errorOf(value: unknown): AoError {
  const { code, message } = fieldsOf(value);
  return new AoError(isErrorCode(code) ? code : "failed", String(message));
}

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && value in exitCodes;
}

function helloOf(result: Record<string, unknown>): Hello {
  return {
    protocol: Number(result["protocol"]),
    sessionId: String(result["sessionId"]),
    launchId: String(result["launchId"]),
    holder: identityOf(result["holder"]),
    agent: identityOf(result["agent"]),
  };
}

/** Reads a process identity out of JSON. Throws `failed` when it is none. */
export function identityOf(value: unknown): ProcessIdentity {
  const { pid, start } = fieldsOf(value);
  if (typeof pid !== "number" || typeof start !== "string") {
    throw new AoError("failed", "holder sent no process identity");
  }
  return { pid, start };
}

/** The fields of a JSON object; none for anything else. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}
