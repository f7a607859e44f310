import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

import { holderSockets } from "../../src/runtime/socket.ts";
import { Follower } from "./follower.ts";
import { typed } from "./narration.ts";
import { type FoundProcess, processesOf } from "./processes.ts";

/** What the demo expected and did not see, or that it was interrupted. */
export class DemoError extends Error {}

const commandMs = 20_000;
export const program = resolve(import.meta.dir, "../../dist/ao");

/** A scratch folder with a home of its own, in which the real program is run. */
export class Stage {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "ao-demo-")));
  readonly repository = join(this.folder, "shop");
  readonly dataDir = join(this.folder, "home", ".ao");
  readonly #env: Record<string, string>;
  readonly #home = homeFacts();
  #follower: Follower | undefined;

  constructor(readonly interrupt: AbortSignal) {
    const home = join(this.folder, "home");
    mkdirSync(home);
    mkdirSync(this.repository);
    // Nothing of the caller's but where its programs are: no token, no agent, no git identity.
    const path = [dirname(program), process.env["PATH"] ?? ""].join(delimiter);
    this.#env = { HOME: home, PATH: path, TMPDIR: tmpdir() };
  }

  /** Runs `ao`, shows it as it would be typed, and returns what it printed. */
  async ao(...words: string[]): Promise<string> {
    const output = await this.quietly(...words);
    typed(["ao", ...words], output);
    return output;
  }

  /** Runs `ao` and returns what it printed. Throws `DemoError` unless it succeeds. */
  async quietly(...words: string[]): Promise<string> {
    return await this.#run([program, ...words]);
  }

  /** Runs git in the scratch repository. */
  async git(...words: string[]): Promise<string> {
    return await this.#run(["git", ...words]);
  }

  /** Every process that the demo has started and that still lives. */
  processes(): FoundProcess[] {
    return processesOf(this.folder);
  }

  /** Looks again until what `ao` prints matches, then shows it. */
  async aoUntil(pattern: RegExp, ...words: string[]): Promise<string> {
    const output = await this.until(`\`ao ${words.join(" ")}\` showing ${pattern}`, async () => {
      const printed = await this.quietly(...words);
      return pattern.test(printed) ? printed : undefined;
    });
    typed(["ao", ...words], output);
    return output;
  }

  /** Waits for a condition, at most ten seconds. */
  async until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    const deadline = performance.now() + 10_000;
    while (performance.now() < deadline) {
      this.#checkInterrupt();
      const found = await look();
      if (found !== undefined) return found;
      await Bun.sleep(50);
    }
    throw new DemoError(`waited in vain for ${what}`);
  }

  /** Starts `ao events --follow`; its lines appear as they come. */
  follow(): Follower {
    typed(["ao", "events", "--follow"], "");
    const place = { cwd: this.repository, env: this.#env };
    return (this.#follower = new Follower([program, "events", "--follow"], place));
  }

  /** Ends and removes all that the demo made. Does nothing the second time. */
  async clear(): Promise<void> {
    await this.#follower?.stop();
    this.#follower = undefined;
    if (!existsSync(this.folder)) return;
    for (const id of await this.#liveSessions()) {
      const kill = [program, "session", "kill", id];
      await Bun.spawn(kill, { env: this.#env, stdio: ["ignore", "ignore", "ignore"] }).exited;
    }
    for (const { pid } of this.processes()) process.kill(pid, "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What is still there: processes, sockets, the folder, changes in the person's home. */
  leftovers(): string[] {
    return [
      ...this.processes().map(({ pid, what }) => `process ${pid}: ${what}`),
      ...holderSockets(this.dataDir),
      ...(existsSync(this.folder) ? [this.folder] : []),
      ...(homeFacts() === this.#home ? [] : [`a change in ${homedir()}`]),
    ];
  }

  /** The sessions that run, as far as the store can still tell. */
  async #liveSessions(): Promise<string[]> {
    if (!existsSync(this.dataDir)) return [];
    const ls = [program, "ls", "--json"];
    const child = Bun.spawn(ls, { env: this.#env, stdio: ["ignore", "pipe", "ignore"] });
    const [text, exitCode] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    if (exitCode !== 0) return [];
    return JSON.parse(text).sessions.map(({ id }: { id: string }) => id);
  }

  async #run(argv: string[]): Promise<string> {
    this.#checkInterrupt();
    const child = Bun.spawn(argv, {
      cwd: this.repository,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
      signal: AbortSignal.any([this.interrupt, AbortSignal.timeout(commandMs)]),
    });
    const [stdout, stderr, exitCode] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    this.#checkInterrupt();
    if (exitCode === 0) return stdout.trimEnd();
    const line = argv.join(" ").replace(program, "ao");
    throw new DemoError(`\`${line}\` ended with ${exitCode ?? "a signal"}\n${stdout}${stderr}`);
  }

  #checkInterrupt(): void {
    if (this.interrupt.aborted) throw new DemoError(String(this.interrupt.reason));
  }
}

/** What `ao` or git could have written in the person's own home. */
function homeFacts(): string {
  const gitconfig = join(homedir(), ".gitconfig");
  return JSON.stringify([
    existsSync(join(homedir(), ".ao")),
    existsSync(gitconfig) && readFileSync(gitconfig, "utf8"),
  ]);
}
