import { waitFor } from "./wait.ts";

/** A program that goes on, with what it has printed so far. */
export class Running {
  stdout = "";
  stderr = "";
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly ended: Promise<number>;

  constructor(argv: string[], { cwd, env }: { cwd: string; env: Record<string, string> }) {
    this.process = Bun.spawn(argv, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const reading = [
      collect(this.process.stdout, (text) => (this.stdout += text)),
      collect(this.process.stderr, (text) => (this.stderr += text)),
    ];
    this.ended = Promise.all(reading).then(() => this.process.exited);
  }

  /** Complete lines of stdout. */
  get lines(): string[] {
    return this.stdout.split("\n").slice(0, -1);
  }

  /** Waits until stdout or stderr matches. */
  async said(pattern: RegExp, withinMs = 15_000): Promise<void> {
    const look = () => pattern.test(this.stdout) || pattern.test(this.stderr);
    await waitFor(look, { withinMs, what: `${pattern} in ${this.process.pid}` });
  }

  /** Sends a signal and waits for the end; returns the exit code. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    this.process.kill(signal);
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  keep: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) keep(decoder.decode(chunk, { stream: true }));
}
