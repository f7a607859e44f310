import type { BaseContext, CompletionKind, Context } from "./cli/command.ts";
import type { Output } from "./cli/output.ts";
import { root } from "./cli/root.ts";
import { runTree } from "./cli/run.ts";
import { createEngine, type Engine, type Progress } from "./engine/engine.ts";
import { dataDirectory } from "./engine/paths.ts";
import { ownCommand } from "./process/self.ts";
import { openStore, type Store } from "./store/store.ts";

/** Runs one command line and returns its exit code. */
export async function runCommandLine(argv: string[]): Promise<number> {
  const app = new App();
  try {
    return await runTree(root, argv, {
      prepare: (base) => app.context(base),
      lookUp: (kind, base) => app.lookUp(kind, base),
    });
  } finally {
    await app.lookAfterOthers();
    app.close();
  }
}

/** What `ao __run-once` does: the work that a short command leaves behind. */
export async function runDetached(dataDir: string, options: { isByAgent: boolean }): Promise<void> {
  const store = openStore(dataDir);
  try {
    const { runOnce } = await import("./engine/run-once.ts");
    await runOnce(createEngine({ store, self: ownCommand(), env: process.env }), options);
  } finally {
    store.close();
  }
}

/** Builds the parts that a command asks for, once and lazily, and closes them. */
class App {
  #store: Store | undefined;
  #engine: Engine | undefined;
  readonly #interrupt = new AbortController();

  context(base: BaseContext): Context {
    let engine: Engine | undefined;
    return {
      ...base,
      openEngine: async () => (engine ??= await this.#openEngine(base)),
      openWeb: async (opened, loops) => {
        const { openWeb } = await import("./web/server.ts");
        const onError = (error: unknown) => base.output.warn(describe(error));
        const { servePage: page } = await import("./web/page/serve.ts");
        return openWeb(opened, { loops, page, onError, onNote: (text) => base.output.warn(text) });
      },
      dataDir: dataDirectory(base.globals.dataDir, process.env),
      interrupt: this.#onInterrupt(),
    };
  }

  async lookUp(kind: CompletionKind, base: BaseContext): Promise<string[]> {
    const { candidatesFor } = await import("./cli/look-up.ts");
    return candidatesFor(kind, () => this.#open(base));
  }

  /**
   * Whichever command was typed, it may be the only one for long: what others left undone gets its
   * helper. The person has the answer already, so what goes wrong here is the next command's.
   */
  async lookAfterOthers(): Promise<void> {
    if (!this.#engine || this.#interrupt.signal.aborted) return;
    try {
      const { briefPass } = await import("./engine/pass.ts");
      await briefPass(this.#engine);
    } catch {
      return;
    }
  }

  close(): void {
    this.#store?.close();
    this.#store = undefined;
  }

  async #openEngine(base: BaseContext): Promise<Engine> {
    return (this.#engine = createEngine({
      store: this.#open(base),
      self: ownCommand(),
      env: process.env,
      progress: progressOf(base.output),
      interrupt: this.#interrupt.signal,
    }));
  }

  #open(base: BaseContext): Store {
    this.#store ??= openStore(dataDirectory(base.globals.dataDir, process.env));
    return this.#store;
  }

  /** The first ctrl-C ends work in an orderly way; the second one ends the process. */
  #onInterrupt(): AbortSignal {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => this.#interrupt.abort(signal));
    }
    return this.#interrupt.signal;
  }
}

/** An error that nobody expected, with its stack: the log is the only place that tells of it. */
function describe(error: unknown): string {
  return Bun.inspect(error);
}

function progressOf(output: Output): Progress {
  return {
    step: (name, work) => output.step(name, work),
    output: (text) => output.stepOutput(text),
    note: (text) => output.note(text),
  };
}
