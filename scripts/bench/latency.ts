import { setTitle } from "../../src/store/session.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import type { Ground, Group } from "./ground.ts";
import { HttpStream } from "./http.ts";
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
  try {
    const printed = new LineReader(follower.stdout.getReader());
    await printed.waitFor('"session_updated"');
    const delays = await delaysOf(store, id, printed);
    await using stream = await HttpStream.open(ground, dataDir, "?after=0");
    const sent = new LineReader(stream);
    await sent.waitFor('"session_updated"');
    return [
      ...linesOf("follow", "commit → line of `ao events --follow`", delays, { median: 2, p99: 20 }),
      ...linesOf("http", "commit → event over HTTP", await delaysOf(store, id, sent), {
        median: 5,
        p99: 20,
      }),
    ];
  } finally {
    follower.kill("SIGTERM");
    store.close();
  }
}

async function delaysOf(store: Store, id: string, lines: LineReader): Promise<number[]> {
  const delays: number[] = [];
  for (let index = 0; index < samples; index++) {
    // Pauses of many lengths, so that no timer of the follower is met each time.
    await Bun.sleep(3 + ((index * 7) % 40));
    const title = `sample ${crypto.randomUUID()}`;
    store.write((tx) => setTitle(tx, id, title));
    const committedAt = performance.now();
    await lines.waitFor(`"title":"${title}"`);
    delays.push(performance.now() - committedAt);
  }
  return delays;
}

function linesOf(
  name: string,
  what: string,
  delays: number[],
  most: { median: number; p99: number },
): Line[] {
  const note = `${samples} commits of another process`;
  return [
    line({
      ...{ name: `${name}-median`, what: `${what}, median`, unit: "ms", note },
      measured: median(delays),
      limit: { of: "measured", most: most.median },
    }),
    line({
      ...{ name: `${name}-p99`, what: `${what}, p99`, unit: "ms" },
      measured: quantile(delays, 0.99),
      limit: { of: "measured", most: most.p99 },
    }),
  ];
}

/** What gives bytes, one piece after the other. */
interface Bytes {
  read(): Promise<Uint8Array | { done: boolean; value?: Uint8Array | undefined }>;
}

/** Waits for texts in a stream, each after the one before. */
class LineReader {
  private readonly decoder = new TextDecoder();
  private text = "";

  constructor(private readonly bytes: Bytes) {}

  async waitFor(wanted: string): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const found = this.text.indexOf(wanted);
      if (found >= 0) {
        this.text = this.text.slice(found + wanted.length);
        return;
      }
      if (performance.now() > deadline) throw new Error(`${wanted} did not come`);
      const piece = await this.bytes.read();
      const value = piece instanceof Uint8Array ? piece : piece.value;
      if (!value) throw new Error(`the follower ended before ${wanted}`);
      this.text += this.decoder.decode(value, { stream: true });
    }
  }
}
