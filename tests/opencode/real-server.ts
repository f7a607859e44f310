import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { OpencodeClient } from "../../src/opencode/client.ts";
import type { OpencodeServer } from "../../src/opencode/request.ts";
import { findProgram } from "../../src/process/program.ts";

/** The real program, by `AO_TEST_OPENCODE` or on the path. */
export const opencodeProgram = findProgram(process.env["AO_TEST_OPENCODE"] || "opencode");

/** Printed once where the real program is missing, so that nobody takes silence for a pass. */
export function tellWhySkipped(): void {
  if (opencodeProgram) return;
  const hint = "set AO_TEST_OPENCODE to its path";
  process.stderr.write(`skip: no opencode program was found on PATH (${hint})\n`);
}

const settings = {
  // The program adds it to a file that lacks it.
  $schema: "https://opencode.ai/config.json",
  autoupdate: false,
  share: "disabled",
  model: "fake/fake-model",
  small_model: "fake/fake-model",
};

/** What keeps the real program on this machine, and quiet. */
export const quiet = {
  OPENCODE_DISABLE_AUTOUPDATE: "1",
  OPENCODE_DISABLE_MODELS_FETCH: "1",
  OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
};

let prepared: Promise<string> | undefined;

/** A home whose opencode has migrated its database already; made once, copied by each test. */
export async function copyHome(into: string, modelUrl?: string): Promise<void> {
  prepared ??= prepareHome();
  cpSync(await prepared, into, { recursive: true });
  if (modelUrl !== undefined) writeSettings(into, modelUrl);
}

/** Removes what `copyHome` has prepared. */
export async function dropPreparedHome(): Promise<void> {
  if (prepared) rmSync(dirname(await prepared), { recursive: true, force: true });
  prepared = undefined;
}

/** A server of the real program in folders of its own. */
export class RealServer implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    readonly address: OpencodeServer,
    private readonly child: Bun.Subprocess,
  ) {}

  static async start(): Promise<RealServer> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "ao-real-opencode-")));
    await copyHome(join(folder, "home"));
    return await startIn(folder, (address, child) => new RealServer(folder, address, child));
  }

  get client(): OpencodeClient {
    return new OpencodeClient(this.address, 30_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A server that has had a turn does not always heed SIGTERM.
    this.child.kill("SIGKILL");
    await this.child.exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function prepareHome(): Promise<string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "ao-opencode-home-")));
  writeSettings(join(folder, "home"), "http://127.0.0.1:1");
  const child = await startIn(folder, (_address, server) => server);
  child.kill("SIGTERM");
  await child.exited;
  return join(folder, "home");
}

async function startIn<T>(
  folder: string,
  use: (address: OpencodeServer, child: Bun.Subprocess) => T,
): Promise<T> {
  const password = crypto.randomUUID();
  const argv = [opencodeProgram ?? "opencode", "serve", "--port", "0", "--hostname", "127.0.0.1"];
  const child = Bun.spawn(argv, {
    cwd: folder,
    env: {
      HOME: join(folder, "home"),
      PATH: process.env["PATH"],
      OPENCODE_SERVER_PASSWORD: password,
      ...quiet,
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const url = await listeningAddress(child.stdout);
  const address = { url, password };
  await new OpencodeClient(address).waitUntilReady({ withinMs: 60_000 });
  return use(address, child);
}

async function listeningAddress(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream.values({ preventCancel: true })) {
    text += decoder.decode(chunk, { stream: true });
    const url = /listening on (http:\/\/\S+)/.exec(text)?.[1];
    if (url) return url;
  }
  throw new Error(`opencode ended: ${text}`);
}

function writeSettings(home: string, modelUrl: string): void {
  const folder = join(home, ".config", "opencode");
  mkdirSync(folder, { recursive: true });
  const provider = {
    npm: "@ai-sdk/openai-compatible",
    options: { baseURL: `${modelUrl}/v1`, apiKey: "none" },
    models: { "fake-model": { name: "Fake", tool_call: true } },
  };
  const content = JSON.stringify({ ...settings, provider: { fake: provider } });
  writeFileSync(join(folder, "opencode.json"), content);
}
