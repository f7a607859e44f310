import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { openWeb } from "../../src/web/server.ts";
import type { Limits, Page } from "../../src/web/web.ts";
import { readToken } from "./http.ts";
import { Sample } from "./store.ts";

export interface FaceOptions {
  limits?: Partial<Limits>;
  page?: Page;
}

/** The HTTP interface over a store of its own, in this process, with what it told. */
export class SampleFace implements AsyncDisposable {
  readonly sample = new Sample();
  readonly engine: Engine;
  readonly errors: unknown[] = [];
  readonly notes: string[] = [];
  readonly url: string;
  readonly socketPath: string;
  readonly #stop: () => Promise<void>;

  constructor(options: FaceOptions = {}) {
    const { store } = this.sample;
    const env = { PATH: process.env["PATH"], HOME: this.sample.dataDir };
    this.engine = createEngine({ store, self: ["ao"], env });
    const face = openWeb(this.engine, {
      ...options,
      port: 0,
      loops: () => ({ isLeader: true, hung: null, passes: [] }),
      onError: (error) => this.errors.push(error),
      onNote: (text) => this.notes.push(text),
    });
    this.url = face.address.url;
    this.#stop = face.stop;
    this.socketPath = face.address.socketPath;
  }

  get token(): string {
    return readToken(this.sample.dataDir);
  }

  /** Asks with the token, unless `init` brings headers of its own. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.token}` };
    return fetch(this.url + path, { headers, ...init });
  }

  /** Sends a body of JSON with the token. */
  send(method: string, path: string, body: unknown): Promise<Response> {
    const authorization = `Bearer ${this.token}`;
    return this.fetch(path, {
      method,
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    this.sample[Symbol.dispose]();
  }
}
