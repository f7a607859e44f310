import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { agentEnvironment } from "../../src/runtime/environment.ts";
import { writeLaunchSpec } from "../../src/runtime/launch.ts";
import type {
  LaunchSpec,
  ProbeTarget,
  Runtime,
  RuntimeHandle,
  Screen,
} from "../../src/runtime/port.ts";
import { socketPath, tmuxSocketPath } from "../../src/runtime/socket.ts";
import { waitFor } from "./wait.ts";

const fixtures = join(import.meta.dir, "../fixtures/bin");

/** How the tests run what would be `ao` itself. */
export const self = [process.execPath, join(import.meta.dir, "runtime-main.ts")];

/** The words that start a fixture program of `tests/fixtures/bin`. */
export function fixture(name: string, ...words: string[]): string[] {
  const runner = name.endsWith(".ts") ? process.execPath : "/bin/sh";
  return [runner, join(fixtures, name), ...words];
}

/** Agents in a data dir of their own, all of them stopped and removed at the end. */
export class Bench {
  readonly dataDir = mkdtempSync(join(tmpdir(), "ao-runtime-"));
  private readonly targets: ProbeTarget[] = [];
  private count = 0;

  constructor(readonly runtime: Runtime) {}

  /** A launch spec, written to the session's folder. */
  spec(argv: string[], changes: Partial<LaunchSpec> = {}): LaunchSpec {
    const sessionId = `bench-${++this.count}`;
    const launchId = changes.launchId ?? `launch-${this.count}-${crypto.randomUUID()}`;
    const { dataDir } = this;
    const session = { sessionId, projectId: "bench", dataDir, launchId };
    const spec: LaunchSpec = {
      version: 1,
      sessionId,
      projectId: "bench",
      launchId,
      runtime: this.runtime.name,
      argv,
      cwd: dataDir,
      env: agentEnvironment({ shell: process.env, projectEnv: {}, session }),
      columns: 100,
      rows: 30,
      dataDir,
      sessionDir: join(dataDir, "sessions", sessionId),
      socketPath:
        this.runtime.name === "pty" ? socketPath(dataDir, launchId) : tmuxSocketPath(dataDir),
      self,
      ...changes,
    };
    writeLaunchSpec(spec);
    return spec;
  }

  async start(argv: string[], changes: Partial<LaunchSpec> = {}): Promise<ProbeTarget> {
    const spec = this.spec(argv, changes);
    return this.adopt(spec, await this.runtime.create(spec));
  }

  adopt(spec: LaunchSpec, handle: RuntimeHandle): ProbeTarget {
    const { sessionId, launchId, sessionDir } = spec;
    const target = { sessionId, launchId, sessionDir, handle };
    this.targets.push(target);
    return target;
  }

  async probe(target: ProbeTarget) {
    const probe = (await this.runtime.probeAll([target])).get(target.sessionId);
    if (!probe) throw new Error("probe gave no answer");
    return probe;
  }

  /** Waits until a line of the screen matches. */
  async line(target: ProbeTarget, pattern: RegExp, withinMs = 5_000): Promise<Screen> {
    const find = async () => {
      const screen = await this.runtime.screen(target.handle);
      return screen.lines.some((line) => pattern.test(line)) && screen;
    };
    return await waitFor(find, { withinMs, what: `line ${pattern}` });
  }

  async close(): Promise<void> {
    await Promise.all(this.targets.map((target) => this.runtime.stop(target, 0)));
    const socket = tmuxSocketPath(this.dataDir);
    for (const path of [socket, `${socket}.conf`]) rmSync(path, { force: true });
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
