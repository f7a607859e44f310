import { AoError } from "../error.ts";
import type { Arguments, BooleanFlag, Command, Flag, StringFlag } from "./command.ts";
import { badOption, helpLine, unknownFlag } from "./mistake.ts";

/** The flags that every command takes, before or after its name. */
export const globalFlags = {
  json: { type: "boolean", description: "Print JSON (see `ao help json`)" },
  project: {
    type: "string",
    valueHint: "id",
    description: "The project to act on",
    complete: "project",
  },
  "data-dir": {
    type: "string",
    valueHint: "path",
    description: "Where ao keeps its data (default ~/.ao)",
    complete: "file",
  },
  "no-color": { type: "boolean", description: "No colour, as with NO_COLOR" },
  quiet: { type: "boolean", alias: "q", description: "Only data and errors" },
  help: { type: "boolean", alias: "h", description: "Print help" },
  version: { type: "boolean", description: "Print the version" },
} satisfies Record<string, BooleanFlag | StringFlag>;

/** One flag of a command line, as it stood there. */
export interface FoundFlag {
  name: string;
  flag: Flag;
  value: string | true | false;
}

/** A command line while it is read. */
export interface Line {
  command: Command;
  path: string[];
  flags: FoundFlag[];
  words: string[];
  /** The first thing that is wrong; kept back, because `--help` may still follow. */
  problem: AoError | undefined;
  /** A word that is no command came first, so that not even `--help` has a meaning. */
  isLost: boolean;
  /** What follows a leading `help`. */
  helpWords: string[] | undefined;
}

/**
 * Reads one word of flags; returns how many further words it took as a value (0 or 1).
 * Throws `usage` for a flag that is unknown, lacks its value, or must not have one.
 */
export function readFlag(line: Line, word: string, next: string | undefined): number {
  if (!word.startsWith("--")) return readLetters(line, word, next);
  const equals = word.indexOf("=");
  const typed = equals < 0 ? word : word.slice(0, equals);
  const known = findLong(line, typed);
  if (equals >= 0) return addFlag(line, typed, known, word.slice(equals + 1));
  if (known.flag.type === "boolean") return addFlag(line, typed, known, undefined);
  return takeNext(line, typed, known, next);
}

/** `-q`, `-qn 5` and `-n5`: letters up to the first that takes a value. */
function readLetters(line: Line, word: string, next: string | undefined): number {
  for (let index = 1; index < word.length; index += 1) {
    const typed = `-${word.charAt(index)}`;
    const known = findLetter(line, typed);
    const rest = word.slice(index + 1);
    if (known.flag.type === "boolean") addFlag(line, typed, known, undefined);
    else if (rest === "") return takeNext(line, typed, known, next);
    else return addFlag(line, typed, known, rest.replace(/^=/, ""));
  }
  return 0;
}

interface KnownFlag {
  name: string;
  flag: Flag;
  isNegated: boolean;
}

function findLong(line: Line, typed: string): KnownFlag {
  const name = typed.slice(2);
  for (const flags of [globalFlags, line.command.args]) {
    const flag = flagNamed(flags, name);
    if (flag && !isNegatable(flag)) return { name, flag, isNegated: false };
    const positive = flagNamed(flags, name.slice(3));
    if (name.startsWith("no-") && positive && isNegatable(positive)) {
      return { name: name.slice(3), flag: positive, isNegated: true };
    }
    // Saying what holds anyway is no mistake.
    if (flag) return { name, flag, isNegated: false };
  }
  throw unknownFlag(typed, typedNames(line.command), line.path);
}

function findLetter(line: Line, typed: string): KnownFlag {
  for (const flags of [globalFlags, line.command.args]) {
    for (const [name, flag] of Object.entries<Arguments[string]>(flags)) {
      if (flag.type === "positional" || flag.alias !== typed.slice(1)) continue;
      return { name, flag, isNegated: false };
    }
  }
  throw unknownFlag(typed, typedNames(line.command), line.path);
}

function flagNamed(args: Arguments, name: string): Flag | undefined {
  const arg = Object.hasOwn(args, name) ? args[name] : undefined;
  return arg && arg.type !== "positional" ? arg : undefined;
}

/** Whether a flag is typed as `--no-<name>`. */
export function isNegatable(flag: Flag): boolean {
  return flag.type === "boolean" && flag.default === true;
}

function takeNext(line: Line, typed: string, known: KnownFlag, next: string | undefined): number {
  if (next === undefined || (next.startsWith("-") && next !== "-")) {
    const why = next === undefined || next === "--" ? "" : `, and ${next} is a flag`;
    const hint = why ? `${typed}=${next}` : `${typed}=${valueHint(known.name, known.flag)}`;
    throw new AoError("usage", `missing value for ${typed}${why}`, hint);
  }
  addFlag(line, typed, known, next);
  return 1;
}

function addFlag(line: Line, typed: string, known: KnownFlag, value: string | undefined): number {
  const { name, flag, isNegated } = known;
  if (flag.type === "boolean") {
    if (value !== undefined) throw new AoError("usage", `flag ${typed} takes no value`, typed);
    line.flags.push({ name, flag, value: !isNegated });
    return 0;
  }
  const text = value ?? "";
  // A script's empty variable must not make another project or data directory the chosen one.
  if (text === "" && Object.hasOwn(globalFlags, name)) {
    throw new AoError("usage", `missing value for ${typed}`, `${typed}=${valueHint(name, flag)}`);
  }
  if (flag.type === "enum" && !flag.options.includes(text)) {
    throw badOption(typed, text, flag.options, line.path);
  }
  const isTwice = line.flags.some((other) => other.name === name);
  if (isTwice && !flag.repeated) {
    throw new AoError("usage", `flag ${typed} is given twice`, helpLine(line.path));
  }
  line.flags.push({ name, flag, value: text });
  return 0;
}

/** What stands for the value of a flag in help and hints: `id`, or `a|b`. */
export function valueHint(name: string, flag: Flag): string {
  if (flag.type === "boolean") return "";
  if (flag.valueHint) return flag.valueHint;
  return flag.type === "enum" ? flag.options.join("|") : name;
}

/** Every flag that a command takes, as it is typed. */
export function typedNames(command: Command): string[] {
  const flags = Object.entries<Arguments[string]>({ ...globalFlags, ...command.args });
  return flags.flatMap(([name, arg]) => {
    if (arg.type === "positional") return [];
    return [isNegatable(arg) ? `--no-${name}` : `--${name}`];
  });
}
