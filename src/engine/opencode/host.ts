import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

import { opencode, opencodeConfig } from "../../agent/opencode.ts";
import type { Session } from "../../domain/session.ts";
import { AoError, messageOf } from "../../error.ts";
import { OpencodeClient } from "../../opencode/client.ts";
import { hostsWithoutProxy } from "../../opencode/proxy.ts";
import { type Companion, startInBackground, startInTerminal } from "../../process/companion.ts";
import { ownIdentity } from "../../process/identity.ts";
import { findProgram } from "../../process/program.ts";
import { getSession } from "../../store/session.ts";
import { openStore, type Store } from "../../store/store.ts";
import { sessionDirectory } from "../paths.ts";
import { OpencodeFeed, reportToHook } from "./feed.ts";
import { opencodeHome, opencodeSession, publishServer } from "./server.ts";
import { recoverConversations } from "./session.ts";
import { arrival, handOver } from "./text.ts";

/** The first start of a new opencode migrates its database and may install packages. */
const startMs = 90_000;

/** No call of the host is waited for by a person, and a busy machine is slow. */
const callMs = 30_000;
const arrivalMs = 30_000;

/** How long either program may take to end by itself. */
const graceMs = 3_000;

/** As much of the server's output as an error shows. */
const tailLength = 2_000;

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/**
 * `ao __opencode`, the agent process of an opencode session: runs a server of its own, sees to the
 * session's conversation, and attaches opencode's terminal to it. When one of them ends, or this
 * process is told to, all end. Throws `unavailable`.
 */
export async function runOpencode(): Promise<void> {
  process.exitCode = await new Host(readLaunch(process.env)).run();
}

interface Launch {
  dataDir: string;
  session: Session;
  launchId: string;
  program: string;
  /** Of the server; in no argument and no address. */
  password: string;
  /** For both programs. */
  env: Record<string, string | undefined>;
}

class Host {
  readonly #stopped = new AbortController();
  readonly #companions: Companion[] = [];
  #feed: OpencodeFeed | undefined;

  constructor(private readonly launch: Launch) {}

  /** Runs until the end, and returns the exit code. */
  async run(): Promise<number> {
    const interrupted = Promise.withResolvers<number>();
    // As a shell tells of a program that SIGTERM has ended.
    const onSignal = () => interrupted.resolve(143);
    for (const signal of signals) process.on(signal, onSignal);
    try {
      return await Promise.race([this.#serve(), interrupted.promise]);
    } finally {
      this.#stopped.abort();
      this.#feed?.stop();
      await Promise.all(this.#companions.map((companion) => companion.stop(graceMs)));
      for (const signal of signals) process.off(signal, onSignal);
    }
  }

  async #serve(): Promise<number> {
    const { program, env, session } = this.launch;
    const output = new ServerOutput();
    const argv = [program, "serve", "--port", "0", "--hostname", "127.0.0.1"];
    const onOutput = (text: string) => output.take(text);
    const server = startInBackground(argv, { cwd: session.worktreePath, env, onOutput });
    this.#companions.push(server);
    const broken = server.ended.then(({ exitCode, signal }) => {
      const how = signal === null ? `ended with code ${exitCode}` : `was ended by ${signal}`;
      throw new AoError("unavailable", `opencode's server ${how}: ${output.tail}`);
    });
    return await Promise.race([this.#show(output.url), broken]);
  }

  async #show(address: Promise<string>): Promise<number> {
    const { program, env, session, password } = this.launch;
    const url = await address;
    const client = new OpencodeClient({ url, password }, callMs);
    await client.waitUntilReady({ withinMs: startMs, signal: this.#stopped.signal });
    const conversation = await this.#conversation(client);
    if (this.#stopped.signal.aborted) return 1;
    const directory = session.worktreePath;
    const argv = [program, "attach", url, "--session", conversation, "--dir", directory];
    const terminal = startInTerminal(argv, { cwd: directory, env });
    this.#companions.push(terminal);
    this.#feed = new OpencodeFeed(client, session.mode, conversation, reportToHook);
    void this.#feed.follow();
    await this.#giveTask(client, conversation);
    this.#publish(url);
    await reportToHook({ event: "started", payload: { sessionID: conversation } });
    const { exitCode } = await terminal.ended;
    return exitCode ?? 1;
  }

  /** The store is open for this alone: a migration by a newer `ao` must not end an agent. */
  async #conversation(client: OpencodeClient): Promise<string> {
    const { dataDir, session, env } = this.launch;
    const store = openStore(dataDir);
    try {
      const home = opencodeHome(env);
      await sweep(store, client, home);
      const parts = { store, owner: ownIdentity(), client, home };
      const owned = opencodeSession(parts, session);
      const { id, justCreated } = await owned.ensure();
      if (justCreated || (await client.hasConversation(id))) return id;
      process.stderr.write(`note: conversation ${id} is gone, so a new one is begun\n`);
      return (await owned.recreate(id)).id;
    } finally {
      store.close();
    }
  }

  /** Sees to it that the conversation has its task, however often the agent was started. */
  async #giveTask(client: OpencodeClient, conversation: string): Promise<void> {
    const path = this.launch.env["AO_PROMPT_FILE"];
    const text = path ? readFileSync(path, "utf8") : "";
    if (text.trim() === "") return;
    const { id, model } = this.launch.session;
    try {
      if (!(await client.isEmpty(conversation))) return;
      const marker = `task:${id}`;
      await handOver(client, conversation, { text, marker, model });
      // What is sent from now on comes behind it.
      await arrival(client, conversation, marker, arrivalMs);
    } catch (error) {
      const why = `the task could not be handed over: ${messageOf(error)}`;
      await reportToHook({ event: "failed", payload: { sessionID: conversation, text: why } });
    }
  }

  #publish(url: string): void {
    const { dataDir, session, launchId, password, env } = this.launch;
    publishServer(dataDir, session.id, { launchId, url, password, home: opencodeHome(env) });
  }
}

/** What a server prints: where it listens, and its last words. */
class ServerOutput {
  readonly url: Promise<string>;
  tail = "";
  readonly #found: (url: string) => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.url = promise;
    this.#found = resolve;
  }

  take(text: string): void {
    this.tail = (this.tail + text).slice(-tailLength);
    const url = /listening on (http:\/\/[\d.]+:\d+)\s/.exec(this.tail)?.[1];
    if (url) this.#found(url);
  }
}

/** What earlier failures left behind is no reason not to start; it waits for the next server. */
async function sweep(store: Store, client: OpencodeClient, home: string): Promise<void> {
  try {
    await recoverConversations(store, client, home);
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    process.stderr.write(`note: ${error.message}\n`);
  }
}

function readLaunch(env: NodeJS.ProcessEnv): Launch {
  const { AO_DATA_DIR: dataDir, AO_SESSION_ID: sessionId, AO_LAUNCH_ID: launchId } = env;
  if (!dataDir || !sessionId || !launchId) {
    throw new AoError("usage", "this runs only as the agent of a session", "ao spawn");
  }
  const store = openStore(dataDir);
  try {
    const session = getSession(store, sessionId);
    const password = randomBytes(24).toString("base64url");
    const settings = {
      OPENCODE_SERVER_PASSWORD: password,
      OPENCODE_CONFIG_CONTENT: opencodeConfig({
        sessionDir: sessionDirectory(dataDir, sessionId),
        model: session.model,
        mode: session.mode,
        own: env["OPENCODE_CONFIG_CONTENT"],
      }),
      NO_PROXY: hostsWithoutProxy(env),
    };
    return {
      dataDir,
      session,
      launchId,
      program: locate(),
      password,
      env: { ...env, ...settings },
    };
  } finally {
    store.close();
  }
}

function locate(): string {
  const [name = ""] = opencode.programs;
  const found = findProgram(name, { extraDirs: opencode.searchPaths });
  if (found) return found;
  throw new AoError("unavailable", `program ${name} was not found`, opencode.installHint);
}
