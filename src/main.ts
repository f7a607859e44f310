import { messageOf } from "./error.ts";

/** Hidden commands are started often and need little: they never load the tree. */
const hidden: Record<string, (words: string[]) => Promise<void>> = {
  __hold: async ([path = "", mode]) => {
    const [{ hold }, { mayBegin }, { exitCallbacks }] = await Promise.all([
      import("./runtime/pty/hold.ts"),
      import("./runtime/pty/warm.ts"),
      import("./engine/exit.ts"),
    ]);
    if (mayBegin(mode)) await hold(path, exitCallbacks);
  },
  __render: async ([what]) => {
    const { renderFromInput } = await import("./runtime/fold-main.ts");
    await renderFromInput(what);
  },
  "__pane-died": async (words) => {
    const [{ paneDied }, { exitCallbacks }] = await Promise.all([
      import("./runtime/tmux/pane-died.ts"),
      import("./engine/exit.ts"),
    ]);
    await paneDied(words, exitCallbacks);
  },
  hook: async ([agent = "", event = ""]) => {
    const { runHook } = await import("./engine/hook.ts");
    await runHook(agent, event);
  },
  __opencode: async () => {
    const { runOpencode } = await import("./engine/opencode/host.ts");
    await runOpencode();
  },
  "__run-once": async (words) => {
    const { runDetached } = await import("./app.ts");
    await runDetached(words.at(-1) ?? "", { isByAgent: words.includes("--by-agent") });
  },
};

async function main(argv: string[]): Promise<void> {
  const [first = "", ...rest] = argv;
  if (argv.length === 1 && first === "--version") {
    const { commit, version } = await import("./version.ts");
    await Bun.write(Bun.stdout, `ao ${version} (${commit})\n`);
    return;
  }
  const run = hidden[first];
  if (run) return await runHidden(run, rest);
  const { runCommandLine } = await import("./app.ts");
  process.exitCode = await runCommandLine(argv);
  // A watch or a timer of a part that was closed must not keep a finished command waiting.
  process.exit();
}

async function runHidden(run: (words: string[]) => Promise<void>, words: string[]): Promise<void> {
  try {
    await run(words);
  } catch (error) {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

await main(process.argv.slice(2));
