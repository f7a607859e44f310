import { expect } from "bun:test";

import { createEngine } from "../../src/engine/engine.ts";
import { giveFeedback } from "../../src/engine/github/feedback.ts";
import { listMessages, messageBody, setDelivering, setSubmitted } from "../../src/store/message.ts";
import { openStore } from "../../src/store/store.ts";
import { Desk } from "./desk.ts";

export const minute = 60_000;

/** A desk with one session and its pull request, whose agent hears what it is told. */
export class Room implements AsyncDisposable {
  readonly desk = new Desk();
  readonly ref: string;

  constructor(given: Parameters<Desk["pr"]>[0] = {}) {
    this.desk.project();
    this.ref = this.desk.pr(given);
  }

  get server() {
    return this.desk.server;
  }

  /** One look at GitHub, and what follows from it; then as if every process had been ended. */
  async look(ms = minute): Promise<void> {
    await this.desk.pass(ms);
    await giveFeedback(this.desk.engine);
    const before = this.desk.sample.head();
    const store = openStore(this.desk.sample.dataDir, () => this.desk.now);
    const engine = createEngine({ store, self: [], env: {} });
    await giveFeedback(engine);
    store.close();
    this.desk.restart();
    expect(this.desk.sample.eventsSince(before)).toEqual([]);
  }

  /** Pushes a commit with one check. */
  async push(conclusion: string | undefined, log = "bad\n", name = "test"): Promise<void> {
    const { desk, ref } = this;
    desk.server.change(ref, { sha: desk.commit(`${conclusion}`) });
    const steps = [{ name: "Run tests", conclusion: conclusion ?? null }];
    desk.server.check(ref, { name, log, steps, ...(conclusion ? { conclusion } : {}) });
    await this.look();
  }

  /** The texts that wait for a session. */
  waiting(sessionId = "shop-1"): string[] {
    return this.#messages(sessionId, "queued").map(({ id }) => messageBody(this.desk.store, id));
  }

  /** What a session was told so far, in words of the state of each message. */
  states(sessionId = "shop-1"): string[] {
    return listMessages(this.desk.store, sessionId, 100)
      .reverse()
      .map(({ state }) => state);
  }

  /** Lets a session hear what waits for it; returns that. */
  hear(sessionId = "shop-1"): string[] {
    const heard = this.waiting(sessionId);
    this.desk.store.write((tx) => {
      for (const { id } of this.#messages(sessionId, "queued")) {
        setDelivering(tx, id, "launch-1");
        setSubmitted(tx, id);
      }
    });
    return heard;
  }

  #messages(sessionId: string, state: string) {
    const all = listMessages(this.desk.store, sessionId, 100).reverse();
    return all.filter((message) => message.state === state);
  }

  /** What the person is told and is not over. */
  notices(): string[] {
    const query = this.desk.sample.raw.query<{ type: string }, []>(
      "select type from notification where resolved_at is null order by rowid",
    );
    return query.all().map(({ type }) => type);
  }

  count(type: string): number {
    return this.desk.sample.eventsSince(0).filter((event) => event.type === type).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.desk[Symbol.asyncDispose]();
  }
}
