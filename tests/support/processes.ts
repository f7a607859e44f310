import type { Request } from "./store-worker.ts";

const program = `${import.meta.dir}/store-worker.ts`;

/** A reply as one line of JSON: what the action returned, or the error that it threw. */
interface Reply {
  value?: unknown;
  error?: { code: string; message: string };
}

/** Another process with the store's code in it, which does one thing at a time as it is told. */
export class StoreWorker implements AsyncDisposable {
  readonly #child;
  readonly #replies;

  /** `prefix` starts the worker in other circumstances, such as a file system of its own. */
  constructor(prefix: readonly string[] = []) {
    this.#child = Bun.spawn([...prefix, process.execPath, program], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#replies = lines(this.#child.stdout);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Sends a request and waits for its value. Throws with the code of the worker's error. */
  async call<T>(request: Request): Promise<T> {
    this.send(request);
    return await this.reply<T>();
  }

  /** Sends a request whose reply is read later. */
  send(request: Request): void {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    this.#child.stdin.flush();
  }

  async reply<T>(): Promise<T> {
    const { value, done } = await this.#replies.next();
    if (done) throw new Error(`worker ${this.pid} ended with ${await this.#child.exited}`);
    const reply: Reply = JSON.parse(value);
    if (reply.error) throw new Error(`${reply.error.code}: ${reply.error.message}`);
    return reply.value as T;
  }

  /** Ends the process as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** Starts workers and ends them all at the end of the block. */
export function startWorkers(count: number): AsyncDisposable & { all: StoreWorker[] } {
  const all = Array.from({ length: count }, () => new StoreWorker());
  return {
    all,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(all.map((worker) => worker.kill()));
    },
  };
}

/** Asks each worker the same at once, when all of them are up. */
export async function callAll<T>(
  workers: readonly StoreWorker[],
  request: (index: number) => Request,
): Promise<T[]> {
  await Promise.all(workers.map((worker) => worker.call({ action: "ping" })));
  return await Promise.all(workers.map((worker, index) => worker.call<T>(request(index))));
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}
