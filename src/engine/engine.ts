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
  /** Shows long work to a person who waits. */
  readonly progress: Progress;
  /** Aborted when the person pressed ctrl-C: what is under way is undone. */
  readonly interrupt: AbortSignal;
  /** Loaded on first use: most commands need no terminal. */
  runtime(name: RuntimeName): Promise<Runtime>;
}

/** How long work is shown while it goes on. */
export interface Progress {
  /** Runs one step under its name. */
  step<T>(name: string, work: () => Promise<T> | T): Promise<T>;
  /** Output of the step's own programs, as it comes. */
  output(text: string): void;
  /** Something that the person should know and that stops nothing. */
  note(text: string): void;
}

const noProgress: Progress = {
  step: async (_name, work) => await work(),
  output: () => {},
  note: () => {},
};

export interface EngineOptions {
  store: Store;
  self: string[];
  env: NodeJS.ProcessEnv;
  progress?: Progress;
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
    progress: options.progress ?? noProgress,
    interrupt: options.interrupt ?? new AbortController().signal,
    runtime: (name) => {
      const known = loaded.get(name) ?? loadRuntime(name);
      loaded.set(name, known);
      return known;
    },
  };
}

async function loadRuntime(name: RuntimeName): Promise<Runtime> {
  if (name === "pty") return (await import("../runtime/pty/pty.ts")).ptyRuntime();
  return (await import("../runtime/tmux/tmux.ts")).tmuxRuntime();
}
