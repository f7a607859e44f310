import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { identify, type ProcessIdentity } from "../../src/process/identity.ts";
import type { Line, Skipped } from "./line.ts";

/** One group of budgets that are measured together. */
export interface Group {
  name: string;
  run(ground: Ground): Promise<(Line | Skipped)[]>;
}

export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A folder of its own for everything that the measurements make, and the processes they start. */
export class Ground {
  private readonly root = mkdtempSync(join(tmpdir(), "ao-bench-"));
  private runs = 0;
  /** The program that is measured. */
  readonly ao: string;
  /** A compiled program of Bun that does nothing: what no Bun program can be faster than. */
  readonly empty: string;
  /** The same, but it stays. */
  readonly sleeping: string;
  private readonly children: Bun.Subprocess[] = [];
  private readonly identities: ProcessIdentity[] = [];

  private constructor(built: string) {
    this.ao = join(this.root, "ao");
    // Beside the empty program, because some file systems load a program more slowly than others.
    copyFileSync(built, this.ao);
    this.empty = join(this.root, "empty");
    this.sleeping = join(this.root, "sleeping");
    mkdirSync(join(this.root, "home"));
    this.beginRun();
    const identity = "[user]\n  name = Bench\n  email = bench@example.invalid\n";
    writeFileSync(join(this.root, "home", ".gitconfig"), identity);
  }

  /** Prepares the folder; the empty program is built with the options of `ao` itself. */
  static async prepare(): Promise<Ground> {
    const built = resolve(dirname(import.meta.dir), "..", "dist", "ao");
    if (!existsSync(built)) throw new Error(`${built} not found; build it with \`npm run build\``);
    const ground = new Ground(built);
    await ground.compile("", ground.empty);
    await ground.compile("setInterval(() => {}, 1_000_000);", ground.sleeping);
    return ground;
  }

  /** Builds a program from its text, with the options of `scripts/build.ts`. */
  async compile(text: string, outfile: string): Promise<void> {
    const entry = `${outfile}.ts`;
    writeFileSync(entry, text);
    await Bun.build({
      entrypoints: [entry],
      compile: {
        outfile,
        autoloadDotenv: false,
        autoloadBunfig: false,
        autoloadTsconfig: false,
        autoloadPackageJson: false,
        jitPolicy: 10,
      },
      format: "esm",
      minify: true,
      sourcemap: "linked",
      bytecode: true,
      splitting: true,
    });
  }

  /** Where the current run keeps what it makes. */
  get folder(): string {
    return join(this.root, `run-${this.runs}`);
  }

  /** Gives what is measured next a folder of its own, so that it can be measured again. */
  beginRun(): void {
    if (this.runs > 0) rmSync(this.folder, { recursive: true, force: true });
    this.runs += 1;
    mkdirSync(this.folder);
  }

  /** A data directory of that name; it need not exist. */
  dataDir(name: string): string {
    return join(this.folder, name);
  }

  environment(dataDir: string): Record<string, string> {
    const path = process.env["PATH"] ?? "/usr/bin:/bin";
    return { HOME: join(this.root, "home"), PATH: path, AO_DATA_DIR: dataDir };
  }

  /** Runs `ao` to its end. Throws when it fails. */
  run(dataDir: string, words: string[], cwd = this.folder): string {
    return this.runProgram([this.ao, ...words], dataDir, cwd).stdout;
  }

  /** Runs any program to its end. Throws when it fails and `mayFail` does not say so. */
  runProgram(argv: string[], dataDir: string, cwd = this.folder, mayFail = false): Ended {
    const { exitCode, stdout, stderr } = Bun.spawnSync(argv, {
      cwd,
      env: this.environment(dataDir),
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const ended = { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
    if (exitCode === 0 || mayFail) return ended;
    throw new Error(`\`${argv.join(" ")}\` ended with ${exitCode}: ${ended.stderr}`);
  }

  /** Starts a program that is ended with the bench. */
  start(
    argv: string[],
    dataDir: string,
    env: Record<string, string> = {},
  ): Bun.Subprocess<"ignore", "pipe", "ignore"> {
    const child = Bun.spawn(argv, {
      cwd: this.folder,
      env: { ...this.environment(dataDir), ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.children.push(child);
    return child;
  }

  /** That many living processes that do nothing, the same ones each time. */
  sleepers(count: number): ProcessIdentity[] {
    while (this.identities.length < count) {
      const child = Bun.spawn(["sleep", "1000"], { stdio: ["ignore", "ignore", "ignore"] });
      this.children.push(child);
      const found = identify(child.pid);
      if (!found) throw new Error(`process ${child.pid} ended at once`);
      this.identities.push(found);
    }
    return this.identities.slice(0, count);
  }

  /** Ends what was started and deletes the folder. */
  async close(): Promise<void> {
    for (const child of this.children) child.kill("SIGKILL");
    await Promise.all(this.children.map((child) => child.exited));
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Tells whoever waits what goes on. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
