import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { type Ended, run } from "../../scripts/run.ts";
import { aoProgram } from "./ao-build.ts";
import { Running } from "./ao-running.ts";
import { processesOf, waitUntilGone } from "./leftovers.ts";
import { gitIn } from "./repository.ts";
import { Terminal } from "./terminal.ts";

export type { Ended };

export interface CallOptions {
  cwd?: string;
  env?: Record<string, string>;
  stdin?: string;
}

/** As much of a session's JSON as the tests look at. */
export interface SessionJson {
  id: string;
  status: string;
  branch: string;
  worktreePath: string;
  isTerminated: boolean;
  terminationReason: string | null;
  activity: string;
  exitCode: number | null;
  exitSignal: string | null;
  escrowRef: string | null;
  title: string;
}

/** A program that says hello, then answers each line; ends with the terminal. */
export const echo = "sh -c 'echo hello; while read line; do echo got $line; done'";

/** The time limit of a test that starts many processes, on a machine that may be busy. */
export const slowMs = 60_000;

/** Generous, since the machine may be busy; only what hangs comes near it. */
const callMs = 30_000;

/**
 * A person's machine: a home, a data directory, a repository, and the compiled `ao` on the path,
 * started as a process of its own. At the end its sessions are killed, and nothing may be left.
 */
export class Machine implements AsyncDisposable {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "ao-e2e-")));
  readonly home = join(this.folder, "home");
  readonly dataDir: string;
  readonly repository: string;
  readonly env: Record<string, string>;

  private constructor(
    readonly program: string,
    { repository = "shop", dataDir = "home/.ao" }: MachineOptions,
  ) {
    this.dataDir = join(this.folder, dataDir);
    this.repository = join(this.folder, repository);
    const path = `${dirname(program)}:${process.env["PATH"] ?? "/usr/bin:/bin"}`;
    this.env = { HOME: this.home, PATH: path };
    if (dataDir !== "home/.ao") this.env["AO_DATA_DIR"] = this.dataDir;
    mkdirSync(this.home);
    writeFileSync(join(this.home, ".gitconfig"), gitConfiguration);
  }

  /** With a repository of one commit, not yet added as a project. */
  static async create(options: MachineOptions = {}): Promise<Machine> {
    const machine = new Machine(await aoProgram(), options);
    machine.makeRepository(machine.repository);
    return machine;
  }

  /** With that repository added as project `shop`. */
  static async withProject(options: MachineOptions = {}): Promise<Machine> {
    const machine = await Machine.create(options);
    await machine.ok(["project", "add", machine.repository, "--id", "shop"]);
    return machine;
  }

  makeRepository(path: string): void {
    mkdirSync(path, { recursive: true });
    this.git(path, "init", "--quiet", "--initial-branch=main");
    writeFileSync(join(path, "readme.txt"), "one\n");
    this.git(path, "add", "--all");
    this.git(path, "commit", "--quiet", "--message", "first");
  }

  /** Runs `ao` to its end, in the repository unless `cwd` says otherwise. */
  ao(words: string[], options: CallOptions = {}): Promise<Ended> {
    return this.run([this.program, ...words], options);
  }

  /** Runs any program with the environment of this machine. */
  async run(argv: string[], { cwd, env = {}, stdin }: CallOptions = {}): Promise<Ended> {
    return await run(argv, {
      cwd: cwd ?? this.repository,
      env: { ...this.env, ...env },
      limitMs: callMs,
      ...(stdin === undefined ? {} : { stdin }),
    });
  }

  /** Runs `ao`, which must succeed; returns stdout without its last line end. */
  async ok(words: string[], options: CallOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.ao(words, options);
    if (exitCode === 0) return stdout.replace(/\n$/, "");
    throw new Error(`ao ${words.join(" ")} ended with ${exitCode}: ${stdout}${stderr}`);
  }

  /** Runs `ao … --json`, which must succeed, and reads what it printed. */
  async json<T>(words: string[], options: CallOptions = {}): Promise<T> {
    return JSON.parse(await this.ok([...words, "--json"], options)) as T;
  }

  async sessions(...words: string[]): Promise<SessionJson[]> {
    return (await this.json<{ sessions: SessionJson[] }>(["ls", "--all", ...words])).sessions;
  }

  session(id: string): Promise<SessionJson> {
    return this.json<SessionJson>(["session", "show", id]);
  }

  /** Starts an agent that runs a program; returns the session's id. */
  spawn(line = echo, ...words: string[]): Promise<string> {
    return this.ok(["spawn", "--quiet", "--command", line, ...words]);
  }

  /** Starts an `ao` that goes on, and is ended at the latest with this machine. */
  start(words: string[], options: CallOptions = {}): Running {
    const env = { ...this.env, ...options.env };
    return new Running([this.program, ...words], { cwd: options.cwd ?? this.repository, env });
  }

  /** Starts `ao` in a terminal, as a person would. */
  terminal(words: string[], options: TerminalOptions = {}): Terminal {
    return this.terminalOf([this.program, ...words], options);
  }

  /** Starts any program in a terminal, with the environment of this machine. */
  terminalOf(argv: string[], options: TerminalOptions = {}): Terminal {
    const env = { ...this.env, ...options.env };
    return new Terminal(argv, { ...options, cwd: options.cwd ?? this.repository, env });
  }

  git(at: string, ...words: string[]): string {
    return gitIn(at, "-c", "user.name=Test", "-c", "user.email=test@localhost", ...words);
  }

  /** All that a text says, without what differs from run to run. */
  clean(text: string): string {
    return text
      .replaceAll(this.folder, "<folder>")
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>")
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{3}Z)?/g, "<time>")
      .replace(/\b[0-9a-f]{40}\b/g, "<sha>")
      .replace(/\b[0-9a-f]{12}\b/g, "<sha>");
  }

  /** Exit code, stdout and stderr of a call, filtered, as one text to compare. */
  block({ exitCode, stdout, stderr }: Ended): string {
    const parts = [`exit ${exitCode}`, ...labeled("out", stdout), ...labeled("err", stderr)];
    return this.clean(parts.join("\n"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#killSessions();
    } finally {
      const left = await waitUntilGone(this.home);
      rmSync(this.folder, { recursive: true, force: true });
      // Written as well: thrown over the failure of a test it would not be shown.
      if (left.length > 0) process.stderr.write(`left behind: ${left.join(", ")}\n`);
      if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
    }
  }

  async #killSessions(): Promise<void> {
    if (processesOf(this.home).length === 0) return;
    const { exitCode, stdout } = await this.ao(["ls", "--json"], { cwd: this.folder });
    if (exitCode !== 0) return;
    const { sessions } = JSON.parse(stdout) as { sessions: SessionJson[] };
    const kill = ({ id }: SessionJson) => this.ao(["session", "kill", id], { cwd: this.folder });
    await Promise.all(sessions.map(kill));
  }
}

interface TerminalOptions {
  cwd?: string;
  env?: Record<string, string>;
  columns?: number;
  rows?: number;
}

export interface MachineOptions {
  /** Names inside the machine's folder. */
  repository?: string;
  dataDir?: string;
}

const gitConfiguration = `[user]
	name = Test
	email = test@localhost
[init]
	defaultBranch = main
[protocol "file"]
	allow = always
`;

function labeled(label: string, text: string): string[] {
  const lines = text.replace(/\n$/, "").split("\n");
  return text === "" ? [] : lines.map((line) => `${label} | ${line}`.trimEnd());
}

/** A text written over several lines of a test, without the indentation it has there. */
export function dedent(text: string): string {
  const lines = text
    .replace(/^\n/, "")
    .replace(/\n\s*$/, "")
    .split("\n");
  const depths = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const depth = Math.min(...depths);
  return lines.map((line) => line.slice(depth)).join("\n");
}
