/** One conversation of the fake, as its routes show it. */
export interface FakeConversation {
  id: string;
  title: string;
  directory: string;
  parentID?: string;
  metadata?: Record<string, unknown>;
  permission: unknown[];
  messages: { info: { id: string; role: string }; parts: FakePart[] }[];
}

interface FakePart {
  type: string;
  text: string;
  metadata?: Record<string, unknown>;
}

/** What goes wrong with the next requests for a route, such as `POST /session`. */
export type Trouble =
  /** An answer with this status, and nothing done. */
  | { status: number }
  /** Nothing is answered; the request is carried out before that, later, or never. */
  | { hang: "done" | "never" };

/** A permission that is waited for. */
export interface FakePermission {
  id: string;
  sessionID: string;
  permission: string;
  patterns: string[];
}

/**
 * The routes of opencode's server that `ao` uses, with their answers as tried against the real
 * program, and with failures on demand. Everything it was asked stands in `requests`.
 */
export class FakeOpencode implements Disposable {
  readonly password = "secret";
  readonly conversations = new Map<string, FakeConversation>();
  readonly permissions: FakePermission[] = [];
  readonly requests: string[] = [];
  readonly busy = new Set<string>();
  readonly #troubles = new Map<string, Trouble[]>();
  readonly #streams = new Set<ReadableStreamDefaultController<string>>();
  readonly #server: Bun.Server<undefined>;
  #count = 0;

  constructor() {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 255,
      fetch: (request) => this.#answer(request),
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get address(): { url: string; password: string } {
    return { url: this.url, password: this.password };
  }

  /** Makes the next requests for a route go wrong, in this order. */
  trouble(route: string, ...troubles: Trouble[]): void {
    this.#troubles.set(route, troubles);
  }

  /** How often a route was asked for. */
  count(route: string): number {
    return this.requests.filter((one) => one === route).length;
  }

  /** Adds a conversation that somebody else has made; returns its id. */
  add(wanted: Partial<FakeConversation> = {}): string {
    const id = `ses_${String((this.#count += 1)).padStart(4, "0")}`;
    const empty = { title: "", directory: "/", permission: [], messages: [] };
    this.conversations.set(id, { ...empty, ...wanted, id });
    return id;
  }

  /** Sends an event to everybody who follows the stream. */
  emit(type: string, properties: Record<string, unknown>): void {
    for (const stream of this.#streams) send(stream, type, properties);
  }

  /** Ends all streams, as a server that restarts does. */
  breakStreams(): void {
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  get followers(): number {
    return this.#streams.size;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.replace(/(ses|per)_\w+/, ":id");
    const route = `${request.method} ${path}`;
    this.requests.push(route);
    const basic = `Basic ${btoa(`opencode:${this.password}`)}`;
    if (request.headers.get("authorization") !== basic) return new Response("", { status: 401 });
    const trouble = this.#troubles.get(route)?.shift();
    if (trouble && "status" in trouble) return failure("Trouble", trouble.status);
    if (trouble?.hang === "never") return await never();
    const text = await request.text();
    const answer = this.#route(route, url, text === "" ? {} : JSON.parse(text));
    return trouble ? await never() : answer;
  }

  #route(route: string, url: URL, body: Record<string, unknown>): Response {
    const id = /ses_\w+/.exec(url.pathname)?.[0] ?? "";
    const found = this.conversations.get(id);
    switch (route) {
      case "GET /session/status":
        return Response.json(Object.fromEntries([...this.busy].map((one) => [one, busy])));
      case "POST /session":
        return this.#create(url, body);
      case "GET /session":
        return Response.json(this.#list(url));
      case "DELETE /session/:id":
        return this.conversations.delete(id) ? Response.json(true) : unknown(id);
      case "POST /session/:id/abort":
        return Response.json(true);
      case "GET /permission":
        return Response.json(this.permissions);
      case "GET /question":
        return Response.json([]);
      case "POST /tui/select-session":
        return Response.json(true);
      case "POST /permission/:id/reply":
        return this.#reply(url);
      case "GET /event":
        return this.#stream();
    }
    if (!found) return unknown(id);
    if (route === "GET /session/:id") return Response.json(found);
    if (route === "GET /session/:id/message") return Response.json(lastOf(found, url));
    if (route === "POST /session/:id/prompt_async") return this.#prompt(found, body);
    return failure("NotFoundError", 404);
  }

  #create(url: URL, body: Record<string, unknown>): Response {
    const { title, permission, metadata } = body as Partial<FakeConversation>;
    if (!Array.isArray(permission)) return failure("BadRequest", 400);
    const directory = url.searchParams.get("directory") ?? "/";
    const id = this.add({
      title: title ?? "",
      permission,
      directory,
      ...(metadata && { metadata }),
    });
    return Response.json(this.conversations.get(id));
  }

  #list(url: URL): FakeConversation[] {
    const directory = url.searchParams.get("directory");
    const limit = Number(url.searchParams.get("limit") ?? 100);
    const all = [...this.conversations.values()];
    const inside = all.filter((one) => directory === null || one.directory === directory);
    return inside.slice(-limit);
  }

  #prompt(conversation: FakeConversation, body: Record<string, unknown>): Response {
    const parts = body["parts"] as FakePart[];
    const id = `msg_${String((this.#count += 1)).padStart(4, "0")}`;
    conversation.messages.push({ info: { id, role: "user" }, parts });
    return new Response(null, { status: 204 });
  }

  #reply(url: URL): Response {
    const id = /per_\w+/.exec(url.pathname)?.[0];
    const index = this.permissions.findIndex((one) => one.id === id);
    if (index < 0) return failure("PermissionNotFoundError", 404);
    this.permissions.splice(index, 1);
    return Response.json(true);
  }

  #stream(): Response {
    const streams = this.#streams;
    let own: ReadableStreamDefaultController<string>;
    const body = new ReadableStream<string>({
      start: (controller) => {
        own = controller;
        streams.add(controller);
        send(controller, "server.connected", {});
      },
      cancel: () => void streams.delete(own),
    });
    return new Response(body.pipeThrough(new TextEncoderStream()), {
      headers: { "content-type": "text/event-stream" },
    });
  }
}

const busy = { type: "busy" };

function send(
  stream: ReadableStreamDefaultController<string>,
  type: string,
  properties: Record<string, unknown>,
): void {
  stream.enqueue(`data: ${JSON.stringify({ id: "evt_1", type, properties })}\n\n`);
}

function lastOf(conversation: FakeConversation, url: URL) {
  return conversation.messages.slice(-Number(url.searchParams.get("limit") ?? 100));
}

function unknown(id: string): Response {
  return failure(`NotFoundError: Session not found: ${id}`, 404);
}

function failure(name: string, status: number): Response {
  return Response.json({ name }, { status });
}

function never(): Promise<Response> {
  return new Promise(() => {});
}
