import { defineCommand, parseArgs, runCommand } from "citty";

import type { DaemonOptions } from "../engine/daemon.ts";
import type { Engine } from "../engine/engine.ts";
import type { Output } from "./output.ts";

/** What `--project` and its like said, wherever on the line they stood. */
export interface Globals {
  json: boolean;
  /** As typed; undefined: look at `AO_PROJECT_ID`, the current directory, the only project. */
  project: string | undefined;
  /** As typed; undefined: `AO_DATA_DIR` or `~/.ao`. */
  dataDir: string | undefined;
  noColor: boolean;
  quiet: boolean;
}

/** What is known about a call before any part of the engine exists. */
export interface BaseContext {
  output: Output;
  globals: Globals;
}

/** What `run` gets. */
export interface Context extends BaseContext {
  /** Opens the store and what works on it; the same one each time. Throws `unavailable`. */
  openEngine(): Promise<Engine>;
  /** Absolute; it need not exist. */
  dataDir: string;
  /** Opens the HTTP interface of a daemon. */
  openWeb: DaemonOptions["openFace"];
  /** Aborted by ctrl-C, SIGTERM and a terminal that goes away. */
  interrupt: AbortSignal;
}

/** What the shell offers for a value: names from the store, or paths. */
export type CompletionKind =
  "session" | "project" | "agent" | "pr" | "notification" | "file" | "command";

interface Described {
  description: string;
  /** What stands for the value in the help, such as `file`. */
  valueHint?: string;
  complete?: CompletionKind;
}

/** `--all`. With `default: true` it is typed, and shown in the help, as `--no-<name>`. */
export interface BooleanFlag {
  type: "boolean";
  description: string;
  /** One letter, typed as `-q`. */
  alias?: string;
  default?: boolean;
}

/** `--title TEXT`; with `repeated` it may stand several times and its value is a list. */
export interface StringFlag extends Described {
  type: "string";
  alias?: string;
  default?: string;
  required?: boolean;
  repeated?: boolean;
}

/** `--wait acked`, one of `options`. */
export interface EnumFlag extends Described {
  type: "enum";
  options: string[];
  alias?: string;
  default?: string;
  required?: boolean;
  repeated?: boolean;
}

/** A word without a name; required unless `required: false`. The last one may be `repeated`. */
export interface Positional extends Described {
  type: "positional";
  /** The only words allowed. */
  options?: string[];
  default?: string;
  required?: boolean;
  repeated?: boolean;
}

export type Flag = BooleanFlag | StringFlag | EnumFlag;
export type Argument = Flag | Positional;
export type Arguments = Record<string, Argument>;

type OneValue<A> = A extends { options: infer O extends string[] } ? O[number] : string;

/** The type of one value: boolean, text, one of the options, or a list when repeated. */
export type Value<A extends Argument> = A extends { type: "boolean" }
  ? boolean
  : A extends { repeated: true }
    ? OneValue<A>[]
    : A extends { default: string } | { required: true }
      ? OneValue<A>
      : A extends { type: "positional" }
        ? A extends { required: false }
          ? OneValue<A> | undefined
          : OneValue<A>
        : OneValue<A> | undefined;

/** The values of a command line, by the names under which they were declared. */
export type Values<A extends Arguments> = { [K in keyof A]: Value<A[K]> };

/** Loads a sub-command when it is needed, so that a short command starts with little. */
export type Loader = () => Promise<Command>;

interface Meta {
  /** The word as it is typed; equal to the name in the tree. */
  name: string;
  /** One line, upper case first, no final period. */
  description: string;
  /** Left out of help and completion. */
  hidden?: boolean;
}

/** One node of the tree: a command that runs, a group of commands, or both. */
export interface Command {
  meta: Meta;
  args: Arguments;
  example: string;
  /** Paragraphs shown below the description. */
  details: string;
  subCommands: Record<string, Loader>;
  /** Headings of the help and the sub-commands under each; what is not named comes last. */
  sections: Record<string, string[]>;
  /** Pages of `ao help <topic>`; only those of the root are asked for. */
  topics: Record<string, Topic>;
  /** Runs with a canonical argument list, as `resolve` makes it; absent for a mere group. */
  execute?: (context: Context, argv: string[]) => Promise<number>;
}

/** A page that `ao help <name>` prints. */
export interface Topic {
  description: string;
  text: string;
}

interface CommandDefinition<A extends Arguments> {
  meta: Meta;
  args?: A;
  /** A whole line as a person would type it; also the hint when a word is missing. */
  example: string;
  details?: string;
  /** For a command that runs by itself and has sub-commands too, as `ao daemon`. */
  subCommands?: Record<string, Loader>;
  /** Returns the exit code; nothing means 0. Failures are thrown as `AoError`. */
  run: (context: Context, args: Values<A>) => Promise<number | void> | number | void;
}

/**
 * Declares a command, in a file of its own, named as it is typed:
 *
 *     export const kill = command({
 *       meta: { name: "kill", description: "End a session; its worktree stays" },
 *       args: {
 *         session: { type: "positional", description: "Session id", complete: "session" },
 *         purge: { type: "boolean", description: "Remove the worktree too" },
 *       },
 *       example: "ao session kill shop-1",
 *       async run({ output }, args) {
 *         output.line(`killed ${args.session}`);
 *       },
 *     });
 *
 * Names are written as typed (`prompt-file`), global flags are not declared again, and what is
 * typed as `--no-x` is declared as `x` with `default: true`. Booleans are never undefined.
 */
export function command<const A extends Arguments = {}>(definition: CommandDefinition<A>): Command {
  const args: Arguments = definition.args ?? {};
  return {
    meta: definition.meta,
    args,
    example: definition.example,
    details: definition.details ?? "",
    subCommands: definition.subCommands ?? {},
    sections: {},
    topics: {},
    execute: (context, argv) =>
      runLeaf(args, argv, async (values) => {
        // The one place where the parsed words get the types of their declaration.
        return definition.run(context, values as Values<A>);
      }),
  };
}

/**
 * Declares a group, which only prints its help:
 *
 *     export const session = group({
 *       meta: { name: "session", description: "Look at and steer sessions" },
 *       example: "ao session show shop-1",
 *       subCommands: { kill: () => import("./session/kill.ts").then((m) => m.kill) },
 *     });
 */
export function group(definition: {
  meta: Meta;
  example: string;
  details?: string;
  subCommands: Record<string, Loader>;
  sections?: Record<string, string[]>;
  topics?: Record<string, Topic>;
}): Command {
  return { args: {}, details: "", sections: {}, topics: {}, ...definition };
}

/**
 * The values of a canonical argument list: `--name=value` and `--name` words, then `--`, then the
 * positional words, as `resolve` makes it.
 */
export function valuesOf(args: Arguments, argv: string[]): Record<string, unknown> {
  return complete(args, argv, parseArgs(argv, args));
}

async function runLeaf(
  args: Arguments,
  argv: string[],
  run: (values: Record<string, unknown>) => Promise<number | void>,
): Promise<number> {
  const leaf = defineCommand({
    args,
    run: (context: { args: Record<string, unknown> }) => run(complete(args, argv, context.args)),
  });
  const { result } = await runCommand(leaf, { rawArgs: argv });
  return typeof result === "number" ? result : 0;
}

/** citty parses; what it does not know is added: lists, and booleans that are never undefined. */
function complete(
  args: Arguments,
  argv: string[],
  parsed: Record<string, unknown>,
): Record<string, unknown> {
  const flags = argv.slice(0, argv.indexOf("--"));
  const words = argv.slice(flags.length + 1);
  const values: Record<string, unknown> = {};
  let position = 0;
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === "boolean") values[name] = parsed[name] ?? false;
    else if (arg.type === "positional" && arg.repeated) values[name] = words.slice(position);
    else if (arg.repeated) values[name] = valuesNamed(flags, name);
    else values[name] = parsed[name];
    if (arg.type === "positional") position += 1;
  }
  return values;
}

function valuesNamed(flags: string[], name: string): string[] {
  const prefix = `--${name}=`;
  return flags.filter((word) => word.startsWith(prefix)).map((word) => word.slice(prefix.length));
}
