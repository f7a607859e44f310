import { chmodSync, rmSync } from "node:fs";

import type { Server } from "bun";

import { ApiToken } from "../engine/api-token.ts";
import type { Face } from "../engine/daemon.ts";
import type { Engine } from "../engine/engine.ts";
import type { LoopsState } from "../engine/loops.ts";
import { systemCode } from "../error.ts";
import { httpSocketPath } from "../runtime/socket.ts";
import { answer } from "./answer.ts";
import { Guard } from "./guard.ts";
import { Logins } from "./logins.ts";
import { Streams } from "./streams.ts";
import { type SocketData, Terminals } from "./terminals.ts";
import { defaultLimits, type Limits, type Page, type Web } from "./web.ts";

const defaultPort = 4870;

/** How many ports after the wanted one are tried before any free one will do. */
const portsTried = 20;

export interface WebOptions {
  loops: () => LoopsState;
  /** 0: any that is free. */
  port?: number | undefined;
  limits?: Partial<Limits>;
  page?: Page;
  onNote: (text: string) => void;
  onError: (error: unknown) => void;
}

/** Answers HTTP on loopback and on a private socket until it is stopped. */
export function openWeb(engine: Engine, options: WebOptions): Face {
  const limits = { ...defaultLimits, ...options.limits };
  const token = new ApiToken(engine.dataDir, options.onNote);
  token.read();
  const socketPath = httpSocketPath(engine.dataDir);
  const guard = new Guard(token, `ao-${socketPath.replace(/^.*\/|-http$/g, "")}`);
  let url = "";
  const web: Web = {
    engine,
    limits,
    guard,
    loops: options.loops,
    page: options.page ?? (async () => undefined),
    logins: new Logins(engine.dataDir, () => url),
    streams: new Streams(engine.store, limits),
    terminals: new Terminals(engine, limits),
  };
  const servers = listen(web, socketPath, options);
  const port = servers[0].port ?? 0;
  url = `http://127.0.0.1:${port}`;
  return {
    address: { url, port, socketPath },
    stop: async () => {
      web.logins.stop();
      web.streams.stop();
      web.terminals.stop();
      await Promise.race([Promise.all(servers.map(farewell)), Bun.sleep(farewellMs)]);
      for (const server of servers) void server.stop(true);
      rmSync(socketPath, { force: true });
    },
  };
}

/** How long requests that are under way may take when the daemon ends. */
const farewellMs = 200;

function farewell(server: Server<SocketData>): Promise<void> {
  return server.stop(false);
}

function listen(web: Web, socketPath: string, options: WebOptions) {
  const common = {
    // Never a page of Bun's own with the text of an error.
    development: false,
    // The routes refuse it sooner, and in words; this is for what they do not read.
    maxRequestBodySize: 4 * web.limits.bodyBytes,
    fetch: (request: Request, server: Server<SocketData>) =>
      answer(web, request, server, options.onError),
    websocket: {
      maxPayloadLength: 1024 * 1024,
      // Whoever is further behind than this gets a redraw when it comes again.
      backpressureLimit: 8 * 1024 * 1024,
      closeOnBackpressureLimit: true,
      open: (socket: Bun.ServerWebSocket<SocketData>) => web.terminals.open(socket),
      message: (socket: Bun.ServerWebSocket<SocketData>, content: string | Uint8Array) =>
        web.terminals.message(socket, content),
      close: (socket: Bun.ServerWebSocket<SocketData>) => web.terminals.close(socket),
    },
  };
  const { idleSeconds: idleTimeout } = web.limits;
  const hostname = "127.0.0.1";
  const tcp = onFreePort(options.port ?? defaultPort, (port) =>
    // Without development Bun would share the port with whoever else listens there.
    Bun.serve<SocketData>({ ...common, hostname, port, idleTimeout, reusePort: false }),
  );
  // Only one daemon runs, so this is of one that was killed.
  rmSync(socketPath, { force: true });
  const unix = Bun.serve<SocketData>({ ...common, unix: socketPath });
  // The folder around it is private already.
  chmodSync(socketPath, 0o600);
  return [tcp, unix] as const;
}

function onFreePort<T>(wanted: number, serve: (port: number) => T): T {
  for (let port = wanted; ; port += 1) {
    const isLast = wanted === 0 || port - wanted >= portsTried || port > 65_535;
    try {
      return serve(isLast ? 0 : port);
    } catch (error) {
      if (isLast || systemCode(error) !== "EADDRINUSE") throw error;
    }
  }
}
