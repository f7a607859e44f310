import { Database } from "bun:sqlite";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { createEngine, type Engine, type EngineOptions } from "../../src/engine/engine.ts";
import { addProject } from "../../src/engine/project.ts";
import { signalProcess } from "../../src/process/tree.ts";
import { holderSockets, tmuxSocketPath } from "../../src/runtime/socket.ts";
import { openOperations } from "../../src/store/operation.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { aoProgram } from "./ao-build.ts";
import { processesOf } from "./crash.ts";
import { gitIn } from "./repository.ts";

// Only the repository's own configuration counts, for git in this process too.
process.env["GIT_CONFIG_GLOBAL"] = "/dev/null";
process.env["GIT_CONFIG_NOSYSTEM"] = "1";

const binary = await aoProgram();

/** How `ao` runs itself in these tests. */
export const self = [binary];

/** What a run of `ao` came to. */
export interface Ran {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A repository, a home and a data dir of their own; everything in them ends with `close`. */
export class World {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "ao-engine-")));
  readonly root = join(this.folder, "shop");
  readonly dataDir = join(this.folder, "data");
  readonly bin = join(this.folder, "bin");
  readonly env: Record<string, string>;
  readonly #stores: Store[] = [];
  #reader: Store | undefined;

  constructor() {
    for (const name of ["shop", "home", "bin"]) mkdirSync(join(this.folder, name));
    this.env = {
      PATH: `${this.bin}:${process.env["PATH"] ?? ""}`,
      HOME: join(this.folder, "home"),
      AO_DATA_DIR: this.dataDir,
      AO_TEST: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      LANG: "C.UTF-8",
    };
    this.git("init", "--quiet", "--initial-branch=main");
    this.git("config", "user.name", "Test");
    this.git("config", "user.email", "test@localhost");
    this.write("readme.txt", "one\n");
    this.write("src/code.txt", "alpha\nbeta\n");
    this.write(".gitignore", "ignored/\n");
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", "first");
  }

  /** A world whose repository is project `shop` already, with an engine to work on it. */
  static async withProject(options: Partial<EngineOptions> = {}) {
    const world = new World();
    const engine = world.engine(options);
    const project = await addProject(engine, world.root);
    return { world, engine, project };
  }

  git(...args: string[]): string {
    return gitIn(this.root, ...args);
  }

  write(path: string, content: string, root = this.root): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }

  /** Puts a program on the path. */
  program(name: string, text: string): void {
    writeFileSync(join(this.bin, name), text, { mode: 0o755 });
  }

  /** An engine with a connection of its own, as another process would have it. */
  engine(options: Partial<EngineOptions> & { clock?: () => number } = {}): Engine {
    const store = openStore(this.dataDir, options.clock);
    this.#stores.push(store);
    return createEngine({ store, self, env: this.env, ...options });
  }

  /** Operations that are not finished, as the store has them now. */
  openOperations() {
    this.#reader ??= this.engine().store;
    return openOperations(this.#reader);
  }

  /** Reads the database by a statement of the test's own, or changes it behind everybody's back. */
  sql<Row>(statement: string): Row[] {
    const db = new Database(join(this.dataDir, "ao.db"));
    try {
      return db.query<Row, []>(statement).all();
    } finally {
      db.close();
    }
  }

  /** Runs `ao` as a process of its own. */
  async ao(words: string[], env: Record<string, string> = {}): Promise<Ran> {
    return await this.start(words, env).ended;
  }

  /** Starts `ao` and does not wait for it. */
  start(words: string[], env: Record<string, string> = {}) {
    const child = spawn(binary, words, {
      cwd: this.root,
      env: { ...this.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    const ended = new Promise<Ran>((resolve) =>
      child.on("close", (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr })),
    );
    return { child, ended, text: () => stdout, errors: () => stderr };
  }

  /** Runs `ao` and throws with its output when it fails. */
  async must(...words: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.ao(words);
    if (exitCode !== 0) throw new Error(`ao ${words.join(" ")}: ${exitCode}\n${stdout}${stderr}`);
    return stdout.trimEnd();
  }

  close(): void {
    for (const store of this.#stores) store.close();
    for (const { pid, start } of processesOf(this.dataDir))
      signalProcess({ pid, start }, "SIGKILL");
    if (hasTmux) stopTmux(this.dataDir);
    for (const socket of holderSockets(this.dataDir)) rmSync(socket, { force: true });
    rmSync(this.folder, { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Whether the parts of a test that need tmux can run here. */
export const hasTmux = Bun.which("tmux") !== null;
if (!hasTmux) process.stderr.write("skipped: the tmux half of tests/engine, tmux is not here\n");

/** How long a condition may take on a machine that does much else. */
export const patience = { withinMs: 120_000 };

/** The runtimes that can be tried here. */
export const runtimes = hasTmux ? (["pty", "tmux"] as const) : (["pty"] as const);

function stopTmux(dataDir: string): void {
  try {
    execFileSync("tmux", ["-S", tmuxSocketPath(dataDir), "kill-server"], { stdio: "ignore" });
  } catch {
    // No server was started there.
    return;
  } finally {
    for (const end of ["", ".conf"]) rmSync(`${tmuxSocketPath(dataDir)}${end}`, { force: true });
  }
}
