import { happened } from "./narration.ts";

/** A running `ao events --follow` whose lines are shown as they come. */
export class Follower {
  /** The sequence numbers that it has printed. */
  readonly seen: number[] = [];
  readonly #child: Bun.Subprocess<"ignore", "pipe", "inherit">;
  readonly #reading: Promise<void>;

  constructor(argv: string[], options: { cwd: string; env: Record<string, string> }) {
    this.#child = Bun.spawn(argv, { ...options, stdio: ["ignore", "pipe", "inherit"] });
    this.#reading = this.#read();
  }

  /** Ends it as ctrl-C would, and returns its exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGINT");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 3_000);
    await this.#reading;
    const exitCode = await this.#child.exited;
    clearTimeout(timer);
    return exitCode;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        this.seen.push(Number.parseInt(line, 10));
        happened(line);
      }
    }
  }
}
