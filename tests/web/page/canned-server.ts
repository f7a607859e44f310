import type { Server, ServerWebSocket } from "bun";

import type { Notification } from "../../../src/web/page/model/notice.ts";
import type { Pull } from "../../../src/web/page/model/pull.ts";
import type { Project, Session, StreamedEvent } from "../../../src/web/page/model/wire.ts";
import { servePage } from "../../../src/web/page/serve.ts";
import * as canned from "./canned-data.ts";
import * as cannedPulls from "./canned-pulls.ts";

/** What the canned daemon has; a test changes it, and tells the page by an event. */
export interface World {
  sessions: Session[];
  projects: Project[];
  pulls: Pull[];
  notifications: Notification[];
  events: StreamedEvent[];
}

/** A quiet day. */
export const nothing: World = {
  sessions: [],
  projects: [],
  pulls: [],
  notifications: [],
  events: [],
};

/** A busy day. */
export const busy: World = {
  sessions: canned.sessions,
  projects: canned.projects,
  pulls: cannedPulls.pulls,
  notifications: canned.notifications,
  events: canned.events,
};

/**
 * The page, with an API whose answers are set by the test: for states that a real daemon reaches
 * only with effort. The real one is driven in `dashboard.test.ts`.
 */
export class CannedServer {
  world: World;
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  /** The cursor that each stream began with. */
  readonly cursors: (string | null)[] = [];
  readonly #server: Server<undefined>;
  readonly #streams = new Set<ReadableStreamDefaultController<string>>();
  #seq = 100;

  constructor(world: World, port = 0) {
    this.world = world;
    this.#server = Bun.serve<undefined>({
      hostname: "127.0.0.1",
      port,
      development: false,
      idleTimeout: 0,
      fetch: (request, server) => this.#answer(request, server),
      websocket: { open: drawScreen, message: answerFrame },
    });
  }

  /** How many pages follow it. */
  get followers(): number {
    return this.#streams.size;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  /** Tells every page of something. */
  tell(type: string, sessionId?: string): void {
    this.#seq += 1;
    const at = new Date().toISOString();
    const event = { seq: this.#seq, at, projectId: "shop", sessionId, type, payload: {} };
    this.#send(`id: e.${this.#seq}\nevent: ${type}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  /** Says that nothing happened. */
  heartbeat(): void {
    this.#send(":\n\n");
  }

  /** The log began anew. */
  reset(): void {
    const payload = { reason: "epoch", floor: 0, head: 5, epoch: "f" };
    this.#send(`id: f.5\ndata: ${JSON.stringify({ type: "log_reset", payload })}\n\n`);
  }

  /** Ends all streams; the pages come again. */
  dropStreams(): void {
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  async stop(): Promise<void> {
    this.#streams.clear();
    await this.#server.stop(true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #send(text: string): void {
    for (const stream of this.#streams) stream.enqueue(text);
  }

  async #answer(request: Request, server: Server<undefined>): Promise<Response | undefined> {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.startsWith("/api/")) {
      return (await servePage(request, pathname)) ?? new Response(null, { status: 404 });
    }
    const path = decodeURIComponent(pathname.slice("/api/v1".length));
    this.asked.push(`${request.method} ${path}`);
    if (path.endsWith("/terminal")) {
      return server.upgrade(request) ? undefined : new Response(null, { status: 400 });
    }
    if (path === "/events") return this.#stream(request, searchParams.get("after"));
    const found = this.#find(path);
    if (found !== undefined) return Response.json(found);
    const message = `there is no ${path}`;
    return Response.json({ code: "NOT_FOUND", message }, { status: 404 });
  }

  #stream(request: Request, after: string | null): Response {
    this.cursors.push(request.headers.get("last-event-id") ?? after);
    const past = after === null ? [] : this.world.events;
    let own: ReadableStreamDefaultController<string>;
    const body = new ReadableStream<string>({
      start: (controller) => {
        own = controller;
        controller.enqueue(`retry: 1000\nid: e.${this.#seq}\n\n`);
        for (const event of past) {
          controller.enqueue(`id: e.${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
        }
        controller.enqueue(":\n\n");
        this.#streams.add(controller);
      },
      cancel: () => void this.#streams.delete(own),
    });
    return new Response(body.pipeThrough(new TextEncoderStream()), {
      headers: { "content-type": "text/event-stream" },
    });
  }

  #find(path: string): unknown {
    const { sessions, projects, pulls, notifications } = this.world;
    if (path === "/sessions") return { sessions };
    if (path === "/projects") return { projects };
    if (path === "/agents") return { agents: canned.agents };
    if (path === "/prs") return { prs: pulls };
    if (path === "/notifications") return { notifications };
    if (path.endsWith("/checks")) return { checks: cannedPulls.checks };
    const pull = pulls.find(({ key }) => path === `/prs/${key}`);
    if (pull) return cannedPulls.pullDetails(pull);
    const [, id = "", part] = /^\/sessions\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    const session = sessions.find((one) => one.id === id);
    return session && partOf(session, part);
  }
}

function partOf(session: Session, part: string | undefined): unknown {
  switch (part) {
    case undefined:
      return session;
    case "why":
      return canned.whyOf(session);
    case "messages":
      return { messages: canned.messagesOf(session) };
    case "diff":
      return canned.diffOf(session);
    case "logs":
      return { id: session.id, lines: ["done: measured", "cold start 41 ms"] };
    default:
      return undefined;
  }
}

const screen = [
  "\x1b[1m● Bash\x1b[0m(psql shop)",
  "",
  "\x1b[33mDo you want to proceed?\x1b[0m",
  "\x1b[36m❯ 1. Yes\x1b[0m",
  "  2. No, and tell what to do instead",
].join("\r\n");

function drawScreen(socket: ServerWebSocket<undefined>): void {
  socket.sendText(JSON.stringify({ type: "size", columns: 160, rows: 48 }));
  socket.sendBinary(new TextEncoder().encode(screen));
}

/** Grants every wish, and echoes what is typed. */
function answerFrame(socket: ServerWebSocket<undefined>, content: string | Buffer): void {
  if (typeof content !== "string") {
    socket.sendBinary(content);
    return;
  }
  const isYours = content.includes("takeOver");
  socket.sendText(JSON.stringify({ type: "control", isYours }));
}
