import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { createEngine } from "../../src/engine/engine.ts";
import { sinksOf } from "../../src/engine/notify/due.ts";
import { notifyOnce } from "../../src/engine/notify/notify.ts";
import { openNotification } from "../../src/store/notification.ts";
import { Recorder } from "./sinks.ts";
import { Sample, temporaryFolder } from "./store.ts";

/** A store with a project, ways out that write down what they are told, and a clock. */
export class Bench implements Disposable {
  readonly #folder = temporaryFolder();
  readonly sample = new Sample(() => Date.now() + this.shiftMs);
  readonly recorder = new Recorder(this.#folder.path);
  readonly engine = createEngine({
    store: this.sample.store,
    self: [],
    env: {
      HOME: this.#folder.path,
      PATH: `${this.recorder.bin}:${process.env["PATH"]}`,
      GITHUB_TOKEN: "secret",
    },
  });
  /** How far the store's clock is ahead. */
  shiftMs = 0;

  constructor(config: string) {
    this.sample.project();
    writeFileSync(join(this.sample.dataDir, "config.toml"), config);
  }

  /** Something happened to a session of its own; long enough ago, unless told otherwise. */
  open(title: string, { type = "stuck", body = "", agoMs = 2_000 } = {}): string {
    const sessionId = this.sample.session();
    this.shiftMs -= agoMs;
    this.sample.store.write((tx) =>
      openNotification(tx, { projectId: "shop", sessionId, type, title, body }),
    );
    this.shiftMs += agoMs;
    return sessionId;
  }

  async pass(timeoutMs?: number): Promise<void> {
    const sinks = await sinksOf(this.sample.dataDir);
    const now = Date.now() + this.shiftMs;
    await notifyOnce(this.engine, sinks, timeoutMs === undefined ? { now } : { now, timeoutMs });
  }

  /** What the sinks were told, as titles and bodies. */
  titles(name = "notify-send"): string[] {
    return this.recorder.told(name).map(({ argv }) => argv.slice(-2).join("|"));
  }

  states(): string[] {
    const rows = this.sample.raw
      .query<{ sink: string; state: string; attempts: number }, []>(
        "select sink, state, attempts from notification_delivery order by sink, started_at",
      )
      .all();
    return rows.map(({ sink, state, attempts }) => `${sink} ${state} ${attempts}`);
  }

  [Symbol.dispose](): void {
    this.sample[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}
