import { brokenLine, type Fault, faultyAnswer, takeFault } from "./faults.ts";
import { runGraphql } from "./graphql.ts";
import { Limits, type Resource } from "./limits.ts";
import { answerRest } from "./rest.ts";
import { Scene } from "./scene.ts";
import { emptyWorld, visibleRepository, type World } from "./state.ts";

/** One call as it came. */
export interface Recorded {
  method: string;
  /** Without the prefix that an Enterprise Server has. */
  path: string;
  url: string;
  status: number;
  /** Points, of GraphQL only. */
  cost: number;
  query: string;
  /** Numbers of the pull requests that the query asks for. */
  numbers: number[];
  isConditional: boolean;
}

/**
 * GitHub on loopback: keeps state, runs queries against GitHub's published schema, counts points
 * by its published rule, and fails in every way that GitHub fails.
 */
export class GitHubServer extends Scene implements AsyncDisposable {
  readonly calls: Recorded[] = [];
  /** Headers of credentials that were seen where they do not belong. */
  readonly leaks: string[] = [];
  readonly limits: Limits;
  readonly #faults: Fault[] = [];
  readonly #api: Bun.Server<undefined>;
  readonly #blobs: Bun.Server<undefined>;
  readonly #broken = brokenLine();
  #clock: number | undefined;
  #poison: number | undefined;

  constructor(world: World = emptyWorld()) {
    super(world);
    world.now = () => this.#clock ?? Date.now();
    this.limits = new Limits(world.now);
    const options = { port: 0, hostname: "127.0.0.1", idleTimeout: 0, development: false };
    this.#api = Bun.serve({ ...options, fetch: (request) => this.#answer(request) });
    this.#blobs = Bun.serve({ ...options, fetch: (request) => this.#blob(request) });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#api.port}`;
  }

  get token(): string {
    return this.world.token;
  }

  /** What a process needs in its environment to talk to this server instead of GitHub. */
  get env(): Record<string, string> {
    return { AO_GITHUB_API_URL: this.url, AO_GITHUB_TOKEN: this.token };
  }

  /** Sets whose token it is, and which one is taken. */
  as(viewer: string, token = this.world.token): void {
    Object.assign(this.world, { viewer, token });
  }

  /** Stops the clock at a time, in Unix milliseconds. */
  setTime(at: number): void {
    this.#clock = at;
  }

  fail(fault: Fault): void {
    this.#faults.push({ ...fault });
  }

  /** Answers every query that asks for this pull request with a gateway's error. */
  breakQueriesWith(number: number): void {
    this.#poison = number;
  }

  heal(): void {
    this.#faults.length = 0;
  }

  limit(resource: Resource, what: Parameters<Limits["set"]>[1]): void {
    this.limits.set(resource, what);
  }

  /** What it has cost so far, and how many calls there were. */
  spent(): { points: number; queries: number; requests: number } {
    const queries = this.calls.filter(({ path }) => path === "/graphql");
    const points = queries.reduce((sum, { cost }) => sum + cost, 0);
    return { points, queries: queries.length, requests: this.calls.length - queries.length };
  }

  forgetCalls(): void {
    this.calls.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#broken.stop();
    await Promise.all([this.#api.stop(true), this.#blobs.stop(true)]);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/_control") return await this.#control(request);
    const path = pathname.replace(/^\/api(?:\/v3)?(?=\/)/, "");
    const body: unknown = JSON.parse((await request.text()) || "{}");
    const call: Recorded = {
      method: request.method,
      path,
      url: request.url,
      status: 0,
      cost: 0,
      query: path === "/graphql" ? String(Object(body).query) : "",
      numbers: numbersIn(Object(Object(body).variables)),
      isConditional: request.headers.has("if-none-match"),
    };
    this.calls.push(call);
    const isPoisoned = call.numbers.some((number) => number === this.#poison);
    const fault: Fault | undefined = isPoisoned
      ? { kind: "status", status: 500 }
      : takeFault(this.#faults, path);
    const answer = () => this.#answerInOrder(request, call, Object(body));
    if (fault?.isLate) await answer();
    const response = fault ? await faultyAnswer(fault, this.#broken.url) : await answer();
    call.status = response.status;
    return response;
  }

  async #answerInOrder(
    request: Request,
    call: Recorded,
    body: Record<string, unknown>,
  ): Promise<Response> {
    const token = (request.headers.get("authorization") ?? "").replace(/^(?:token|bearer) /i, "");
    if (token !== this.world.token) {
      return Response.json({ message: "Bad credentials" }, { status: 401 });
    }
    if (call.path === "/graphql") {
      const variables = Object(body["variables"]);
      const { body: reply, cost } = await runGraphql(this.world, this.limits, {
        query: body["query"],
        variables,
      });
      call.cost = cost;
      return Response.json(reply, { headers: this.limits.headers("graphql") });
    }
    return this.#answerRest(request, call, body);
  }

  async #answerRest(
    request: Request,
    call: Recorded,
    body: Record<string, unknown>,
  ): Promise<Response> {
    const { method, path } = call;
    const blobUrl = `http://127.0.0.1:${this.#blobs.port}`;
    // What changes something is not done at all when nothing is left for it.
    const isReading = method === "GET";
    if (!isReading && !this.limits.take("core", 1)) return this.#exhausted();
    const reply = answerRest(this.world, this, {
      ...{ method, path, body, blobUrl },
      budgets: this.limits.all(),
    });
    const text = await reply.text();
    const etag = `W/"${Bun.hash(text).toString(36)}"`;
    // What has not changed is answered for free, and so is what is left.
    const isSame = method === "GET" && request.headers.get("if-none-match") === etag;
    const isFree = isSame || path === "/rate_limit" || !isReading;
    if (!isFree && !this.limits.take("core", 1)) return this.#exhausted();
    const headers = new Headers({ ...reply.headers.toJSON(), ...this.limits.headers("core") });
    if (reply.ok && method === "GET") headers.set("etag", etag);
    const status = isSame ? 304 : reply.status;
    return new Response(isSame || text === "" ? null : text, { status, headers });
  }

  #exhausted(): Response {
    const message = "API rate limit exceeded for user ID 1.";
    return Response.json({ message }, { status: 403, headers: this.limits.headers("core") });
  }

  /** Signed addresses: whoever has one may read, and nobody sends a token there. */
  async #blob(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const leaked = request.headers.get("authorization");
    if (leaked) this.leaks.push(leaked);
    const fault = takeFault(this.#faults, pathname);
    if (fault) return await faultyAnswer(fault, this.#broken.url);
    const [, repo = "", id] = /^\/logs\/([^/]+\/[^/]+)\/(\d+)$/.exec(pathname) ?? [];
    const checks = visibleRepository(this.world, repo)?.checks.values() ?? [];
    const found = [...checks].flat().find((check) => check.id === Number(id));
    if (found?.log === undefined) return new Response("gone", { status: 404 });
    return new Response(found.log, { headers: { "content-type": "text/plain; charset=utf-8" } });
  }

  /** `{"do": "check", "with": ["acme/shop#1", {…}]}` calls the verb of that name. */
  async #control(request: Request): Promise<Response> {
    const wanted: unknown = await request.json();
    const { do: verb, with: words } = Object(wanted);
    const method: unknown = Reflect.get(this, String(verb));
    if (typeof method !== "function") return new Response(`no ${verb}`, { status: 400 });
    const result: unknown = Reflect.apply(method, this, Array.isArray(words) ? words : []);
    return Response.json(result ?? null);
  }
}

function numbersIn(variables: Record<string, unknown>): number[] {
  return Object.values(variables).filter((value) => typeof value === "number");
}
