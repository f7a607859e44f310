import { setTitle } from "../../src/store/session.ts";
import { openStore } from "../../src/store/store.ts";
import type { Ground, Group } from "./ground.ts";
import { type Line, line } from "./line.ts";
import { addSessions } from "./rows.ts";
import { median, quantile } from "./sample.ts";

const samples = 400;
const deadlineMs = 5_000;

/** How soon another process prints what was committed. */
export const latency: Group = { name: "latency", run: followed };

async function followed(ground: Ground): Promise<Line[]> {
  const dataDir = ground.dataDir("follow");
  const store = openStore(dataDir);
  const [id = ""] = addSessions(ground, store, 10);
  const follower = ground.start([ground.ao, "events", "--follow", "--json"], dataDir);
  const lines = new LineReader(follower.stdout);
  const delays: number[] = [];
  try {
    await lines.waitFor('"session_updated"');
    for (let index = 0; index < samples; index++) {
      // Pauses of many lengths, so that no timer of the follower is met each time.
      await Bun.sleep(3 + ((index * 7) % 40));
      const title = `sample ${index}`;
      store.write((tx) => setTitle(tx, id, title));
      const committedAt = performance.now();
      await lines.waitFor(`"title":"${title}"`);
      delays.push(performance.now() - committedAt);
    }
  } finally {
    follower.kill("SIGTERM");
    store.close();
  }
  const what = "commit → line of `ao events --follow`";
  const parts = { unit: "ms", note: `${samples} commits, another process, a pipe between` };
  return [
    line({
      name: "follow-median",
      what: `${what}, median`,
      ...parts,
      measured: median(delays),
      limit: { of: "measured", most: 2 },
    }),
    line({
      name: "follow-p99",
      what: `${what}, p99`,
      unit: "ms",
      measured: quantile(delays, 0.99),
      limit: { of: "measured", most: 20 },
    }),
  ];
}

/** Waits for texts in a stream, each after the one before. */
class LineReader {
  private readonly reader;
  private readonly decoder = new TextDecoder();
  private text = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.reader = stream.getReader();
  }

  async waitFor(wanted: string): Promise<void> {
    const timer = setTimeout(() => void this.reader.cancel(), deadlineMs);
    try {
      for (;;) {
        const found = this.text.indexOf(wanted);
        if (found >= 0) {
          this.text = this.text.slice(found + wanted.length);
          return;
        }
        const { done, value } = await this.reader.read();
        if (done) throw new Error(`the follower has not printed ${wanted}`);
        this.text += this.decoder.decode(value, { stream: true });
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
