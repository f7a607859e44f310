import { ownIdentity, type ProcessIdentity } from "../process/identity.ts";
import type { Runtime, RuntimeName } from "../runtime/port.ts";
import type { Store } from "../store/store.ts";

/** What every verb works with. One per process. */
export interface Engine {
  readonly store: Store;
  readonly dataDir: string;
  /** How this very program is run again: for holders, renderers, hooks. */
  readonly self: string[];
  readonly env: NodeJS.ProcessEnv;
  /** Who writes to the journal and takes leases. */
  readonly owner: ProcessIdentity;
  /** Told of each step of long work, for a person who waits. */
  readonly progress: (step: string) => void;
  /** Aborted when the person pressed ctrl-C: what is under way is undone. */
  readonly interrupt: AbortSignal;
  /** Loaded on first use: most commands need no terminal. */
  runtime(name: RuntimeName): Promise<Runtime>;
}

export interface EngineOptions {
  store: Store;
  self: string[];
  env: NodeJS.ProcessEnv;
  progress?: (step: string) => void;
  interrupt?: AbortSignal;
}

/** Joins the parts that verbs need. */
export function createEngine(options: EngineOptions): Engine {
  const loaded = new Map<RuntimeName, Promise<Runtime>>();
  return {
    store: options.store,
    dataDir: options.store.dataDir,
    self: options.self,
    env: options.env,
    owner: ownIdentity(),
    progress: options.progress ?? (() => {}),
    interrupt: options.interrupt ?? new AbortController().signal,
    runtime: (name) => {
      const known = loaded.get(name) ?? loadRuntime(name);
      loaded.set(name, known);
      return known;
    },
  };
}

async function loadRuntime(name: RuntimeName): Promise<Runtime> {
  if (name === "pty") return (await import("../runtime/pty/pty.ts")).pty;
  return (await import("../runtime/tmux/tmux.ts")).tmux;
}
