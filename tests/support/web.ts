import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { openWeb } from "../../src/web/server.ts";
import type { Limits, Page } from "../../src/web/web.ts";
import { readToken } from "./http.ts";
import { Sample } from "./store.ts";

export interface FaceOptions {
  limits?: Partial<Limits>;
  page?: Page;
  /** Any that is free unless it says otherwise. */
  port?: number;
}

/** The HTTP interface over an engine, in this process, with what it told. */
export class TestFace implements AsyncDisposable {
  readonly errors: unknown[] = [];
  readonly notes: string[] = [];
  readonly url: string;
  readonly socketPath: string;
  readonly stop: () => Promise<void>;

  constructor(
    readonly engine: Engine,
    options: FaceOptions = {},
  ) {
    const face = openWeb(engine, {
      port: 0,
      ...options,
      loops: () => ({ isLeader: true, hung: null, passes: [] }),
      onError: (error) => this.errors.push(error),
      onNote: (text) => this.notes.push(text),
    });
    this.url = face.address.url;
    this.socketPath = face.address.socketPath;
    this.stop = face.stop;
  }

  get token(): string {
    return readToken(this.engine.dataDir);
  }

  /** Asks with the token, unless `init` brings headers of its own. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.token}` };
    return fetch(this.url + path, { headers, ...init });
  }

  /** Sends a body of JSON with the token. */
  send(method: string, path: string, body: unknown = {}): Promise<Response> {
    const authorization = `Bearer ${this.token}`;
    return this.fetch(path, {
      method,
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The same over a store of its own. */
export class SampleFace extends TestFace {
  readonly sample: Sample;

  constructor(options: FaceOptions = {}) {
    const sample = new Sample();
    const env = { PATH: process.env["PATH"], HOME: sample.dataDir };
    super(createEngine({ store: sample.store, self: ["ao"], env }), options);
    this.sample = sample;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.sample[Symbol.dispose]();
  }
}
