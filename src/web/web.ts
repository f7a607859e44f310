import type { Engine } from "../engine/engine.ts";
import type { LoopsState } from "../engine/loops.ts";
import type { Guard } from "./guard.ts";
import type { Logins } from "./logins.ts";
import type { Streams } from "./streams.ts";
import type { Terminals } from "./terminals.ts";

/** How much the server bears; the tests shorten the times. */
export interface Limits {
  bodyBytes: number;
  /** A connection that has sent no token and then nothing more is closed after this. */
  idleSeconds: number;
  heartbeatMs: number;
  /** A stream whose client takes nothing is closed after this. */
  stallMs: number;
  streams: number;
  terminals: number;
}

export const defaultLimits: Limits = {
  // A text of 1 MiB, each of its characters escaped at the worst.
  bodyBytes: 8 * 1024 * 1024,
  idleSeconds: 10,
  heartbeatMs: 8_000,
  stallMs: 30_000,
  streams: 512,
  terminals: 128,
};

export type Page = (request: Request, path: string) => Promise<Response | undefined>;

/** What the routes work with; one per daemon. */
export interface Web {
  readonly engine: Engine;
  readonly limits: Limits;
  readonly guard: Guard;
  readonly logins: Logins;
  readonly streams: Streams;
  readonly terminals: Terminals;
  /** What the loops of this process do. */
  loops(): LoopsState;
  /** The dashboard's file at a path; it holds nothing secret, so anybody may have it. */
  page: Page;
}
