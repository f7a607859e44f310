import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Ground } from "./ground.ts";
import { type Line, line } from "./line.ts";

const lineEnd = 0x0a;

/** Lines of a frame: id, event, data, and the empty one that ends it. */
const linesOfFrame = 4;

/** The event stream of a daemon that was started for it. */
export class HttpStream {
  private constructor(private readonly reader: ReadableStreamDefaultReader<Uint8Array>) {}

  /** Starts a daemon on a data directory and follows its events after a cursor. */
  static async open(ground: Ground, dataDir: string, query: string): Promise<HttpStream> {
    // The daemon would forget what is beyond the usual limits while it is read.
    writeFileSync(
      join(dataDir, "config.toml"),
      "[retention]\nrows = 100000000\nmegabytes = 4096\n",
    );
    ground.start([ground.ao, "daemon"], dataDir);
    const { url } = await addressOf(dataDir);
    const token = readFileSync(join(dataDir, "token"), "utf8").trim();
    const headers = { authorization: `Bearer ${token}` };
    const { status, body } = await fetch(`${url}/api/v1/events${query}`, { headers });
    if (status !== 200 || !body) throw new Error(`the event stream answered ${status}`);
    return new HttpStream(body.getReader());
  }

  /** The next bytes. Throws at the end. */
  async read(): Promise<Uint8Array> {
    const { done, value } = await this.reader.read();
    if (done) throw new Error("the event stream has ended");
    return value;
  }

  /** Reads until that many events have come. */
  async readEvents(count: number): Promise<void> {
    let ends = 0;
    while (ends < count * linesOfFrame) {
      const bytes = await this.read();
      for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, at + 1)) ends += 1;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.reader.cancel();
  }
}

/** How fast the whole log is read again over HTTP. */
export async function replayOverHttp(
  ground: Ground,
  dataDir: string,
  count: number,
): Promise<Line> {
  await using stream = await HttpStream.open(ground, dataDir, "?after=0");
  const startedAt = performance.now();
  await stream.readEvents(count);
  return line({
    name: "replay-http",
    what: "event replay over HTTP",
    unit: "events/s",
    measured: (count / (performance.now() - startedAt)) * 1_000,
    limit: { of: "measured", least: 100_000 },
  });
}

async function addressOf(dataDir: string): Promise<{ url: string }> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      return JSON.parse(readFileSync(join(dataDir, "daemon.json"), "utf8"));
    } catch (error) {
      // It is written once the daemon answers.
      if (performance.now() > deadline) throw error;
      await Bun.sleep(10);
    }
  }
}
