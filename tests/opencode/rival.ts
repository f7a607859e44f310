import type { Conversation } from "../../src/engine/opencode/session.ts";
import type { OpencodeServer } from "../../src/opencode/request.ts";

/** Another process that asks for conversations of the same store. */
export class Rival implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncGenerator<string>;

  constructor(dataDir: string, server: OpencodeServer, env: Record<string, string> = {}) {
    const program = `${import.meta.dir}/ensure-main.ts`;
    this.#child = Bun.spawn([process.execPath, program, dataDir, server.url], {
      env: { ...process.env, SAMPLE_PASSWORD: server.password, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = linesOf(this.#child.stdout);
  }

  async ready(): Promise<this> {
    await this.#lines.next();
    return this;
  }

  ensure(sessionId: string): Promise<Conversation> {
    return this.#ask(`ensure ${sessionId}`);
  }

  recreate(sessionId: string, stale: string): Promise<Conversation> {
    return this.#ask(`recreate ${sessionId} ${stale}`);
  }

  /** Asks without an answer, of a process that will die of it; returns the signal. */
  async dieOf(sessionId: string): Promise<Bun.Subprocess["signalCode"]> {
    this.#child.stdin.write(`ensure ${sessionId}\n`);
    this.#child.stdin.flush();
    await this.#child.exited;
    return this.#child.signalCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await this.#child.exited;
  }

  async #ask(line: string): Promise<Conversation> {
    this.#child.stdin.write(`${line}\n`);
    this.#child.stdin.flush();
    const { value } = await this.#lines.next();
    return JSON.parse(value) as Conversation;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}
