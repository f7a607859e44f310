import { commit, version } from "../version.ts";
import { type Resolution, resolve } from "./args.ts";
import type { BaseContext, Command, CompletionKind, Context } from "./command.ts";
import { Output } from "./output.ts";

/** What the frame needs from the program around it. */
export interface Host {
  /** Adds the parts of the engine, lazily, to what the command line said. */
  prepare: (base: BaseContext) => Context | Promise<Context>;
  /** Names that begin with what was typed, for completion; a failure means none. */
  lookUp: (kind: CompletionKind, base: BaseContext) => Promise<string[]> | string[];
}

/**
 * Runs one command line, `argv` being the words after `ao`, and returns the exit code: of the
 * command, of the failure that was told on stderr, or 0 when the reader of stdout went away.
 */
export async function runTree(root: Command, argv: string[], host: Host): Promise<number> {
  if (argv[0] === "__complete") return complete(root, argv.slice(1), host);
  let output: Output | undefined;
  let path: string[] = [];
  let exitCode = 0;
  try {
    const resolution = await resolve(root, argv);
    output = new Output(resolution.globals);
    if (resolution.kind === "run") path = resolution.path;
    exitCode = await follow(root, resolution, output, host);
  } catch (error) {
    output ??= new Output(optionsOf(argv));
    if (!isClosedPipe(output)) exitCode = output.fail(error, path);
  }
  return finish(output, exitCode);
}

async function follow(
  root: Command,
  resolution: Resolution,
  output: Output,
  host: Host,
): Promise<number> {
  const { kind, globals } = resolution;
  if (kind === "run") {
    const context = await host.prepare({ output, globals });
    return (await resolution.command.execute?.(context, resolution.argv)) ?? 0;
  }
  if (kind === "version") {
    output.result({ version, commit }, () => `ao ${version} (${commit})`);
  } else if (kind === "topic") output.line(resolution.text.trimEnd());
  else {
    const { renderHelp } = await import("./help.ts");
    output.data(await renderHelp(root, resolution.path, resolution.command, output.paint));
  }
  return 0;
}

async function complete(root: Command, words: string[], host: Host): Promise<number> {
  const { candidates } = await import("./complete.ts");
  const output = new Output({ json: false, quiet: true, noColor: true });
  output.data(
    await candidates(root, words, (kind, globals) => host.lookUp(kind, { output, globals })),
  );
  return finish(output, 0);
}

async function finish(output: Output, exitCode: number): Promise<number> {
  try {
    await output.flush();
    return output.closed.aborted ? 0 : exitCode;
  } catch (error) {
    return output.fail(error);
  }
}

/** A command that is cut short because its reader left has not failed. */
function isClosedPipe(output: Output): boolean {
  return output.closed.aborted && !output.hasFailed;
}

/** How to tell a failure when the line could not be read: as far as its words say so. */
function optionsOf(argv: string[]): { json: boolean; quiet: boolean; noColor: boolean } {
  const words = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : undefined);
  return { json: words.includes("--json"), quiet: false, noColor: words.includes("--no-color") };
}
