import { AoError } from "../error.ts";
import type { Command, Globals } from "./command.ts";
import { globalFlags, type Line, readFlag, typedNames } from "./flags.ts";
import { badOption, helpLine, unknownCommand, unknownFlag } from "./mistake.ts";

/** What a command line asks for. */
export type Resolution =
  | {
      kind: "run";
      path: string[];
      command: Command;
      /** Canonical: `--name=value` words, `--`, positional words. */
      argv: string[];
      globals: Globals;
    }
  | { kind: "help"; path: string[]; command: Command; globals: Globals }
  | { kind: "topic"; text: string; globals: Globals }
  | { kind: "version"; globals: Globals };

/**
 * Reads a command line strictly, without running anything: which command, with which values.
 * Throws `usage` for unknown flags and commands, surplus and missing words and values, values that
 * are no option, and flags given twice. `--help` before `--` wins over all but an unknown command.
 */
export async function resolve(root: Command, argv: string[]): Promise<Resolution> {
  const line = await read(root, argv);
  const globals = globalsOf(line);
  const { path, command } = line;
  if (line.isLost && line.problem) throw line.problem;
  if (line.flags.some((flag) => flag.name === "help")) {
    return { kind: "help", path, command, globals };
  }
  if (line.flags.some((flag) => flag.name === "version")) return { kind: "version", globals };
  if (line.problem) throw line.problem;
  if (line.helpWords) return resolveHelp(root, line.helpWords, globals);
  if (!command.execute) {
    const [word] = line.words;
    if (word !== undefined) throw unknownCommand(command, path, word);
    return { kind: "help", path, command, globals };
  }
  checkWords(line);
  checkFlags(line);
  return { kind: "run", path, command, argv: canonical(line), globals };
}

/** The sub-command of that name; `list` stands for `ls` everywhere. */
export async function childOf(command: Command, word: string): Promise<Command | undefined> {
  return command.subCommands[childName(command, word)]?.();
}

function childName(command: Command, word: string): string {
  if (Object.hasOwn(command.subCommands, word)) return word;
  return word === "list" && Object.hasOwn(command.subCommands, "ls") ? "ls" : "";
}

async function read(root: Command, argv: string[]): Promise<Line> {
  const line: Line = {
    command: root,
    path: [],
    flags: [],
    words: [],
    problem: undefined,
    isLost: false,
    helpWords: undefined,
  };
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? "";
    if (word === "--") {
      line.words.push(...argv.slice(index + 1));
      break;
    }
    try {
      if (word.startsWith("-") && word !== "-") index += readFlag(line, word, argv[index + 1]);
      else await readWord(line, word);
    } catch (error) {
      if (!(error instanceof AoError)) throw error;
      line.problem ??= error;
    }
  }
  return line;
}

async function readWord(line: Line, word: string): Promise<void> {
  if (line.helpWords) return void line.helpWords.push(word);
  if (line.isLost) return;
  const child = line.words.length === 0 ? await childOf(line.command, word) : undefined;
  if (child) {
    line.path.push(childName(line.command, word));
    line.command = child;
  } else if (line.path.length === 0 && word === "help") line.helpWords = [];
  else if (line.command.execute) line.words.push(word);
  else {
    line.isLost = true;
    line.problem ??= await unknownWord(line, word);
  }
}

/** Verbs of a session are typed without `session` by whoever knows other tools. */
async function unknownWord({ command, path }: Line, word: string): Promise<AoError> {
  const error = unknownCommand(command, path, word);
  if (path.length > 0 || error.hint !== helpLine(path)) return error;
  const session = await childOf(command, "session");
  if (!session || !Object.hasOwn(session.subCommands, word)) return error;
  return new AoError("usage", error.message, `did you mean \`ao session ${word}\`?`);
}

function checkWords(line: Line): void {
  const { command, path, words } = line;
  const declared = Object.entries(command.args).flatMap(([name, arg]) =>
    arg.type === "positional" ? [{ name, arg }] : [],
  );
  const surplus = words[declared.length];
  if (surplus !== undefined && !declared.at(-1)?.arg.repeated) {
    const isGroup = declared.length === 0 && Object.keys(command.subCommands).length > 0;
    if (isGroup) throw unknownCommand(command, path, surplus);
    throw new AoError("usage", `unexpected argument ${surplus}`, helpLine(path));
  }
  for (const [index, { name, arg }] of declared.entries()) {
    const word = words[index];
    if (word === undefined && arg.required !== false && arg.default === undefined) {
      throw new AoError("usage", `missing argument <${name}>`, command.example);
    }
    if (word !== undefined && arg.options && !arg.options.includes(word)) {
      throw badOption(`<${name}>`, word, arg.options, path);
    }
  }
}

function checkFlags(line: Line): void {
  for (const { name } of line.flags) {
    // A command that has sub-commands may have read a flag that the sub-command lacks.
    const isKnown = Object.hasOwn(globalFlags, name) || Object.hasOwn(line.command.args, name);
    if (!isKnown) throw unknownFlag(`--${name}`, typedNames(line.command), line.path);
  }
  for (const [name, arg] of Object.entries(line.command.args)) {
    if (arg.type === "positional" || arg.type === "boolean" || !arg.required) continue;
    if (line.flags.some((flag) => flag.name === name)) continue;
    throw new AoError("usage", `missing flag --${name}`, line.command.example);
  }
}

function canonical(line: Line): string[] {
  const own = line.flags.filter(({ name }) => Object.hasOwn(line.command.args, name));
  const words = own.map(({ name, value }) => {
    if (typeof value === "string") return `--${name}=${value}`;
    return value ? `--${name}` : `--no-${name}`;
  });
  return [...words, "--", ...line.words];
}

function globalsOf(line: Line): Globals {
  const value = (name: string) => line.flags.find((flag) => flag.name === name)?.value;
  const text = (name: string) => {
    const found = value(name);
    return typeof found === "string" ? found : undefined;
  };
  return {
    json: value("json") === true,
    project: text("project"),
    dataDir: text("data-dir"),
    noColor: value("no-color") === true,
    quiet: value("quiet") === true,
  };
}

async function resolveHelp(root: Command, words: string[], globals: Globals): Promise<Resolution> {
  const [first] = words;
  const topic = first !== undefined && words.length === 1 ? root.topics[first] : undefined;
  let command = root;
  const path: string[] = [];
  for (const word of words) {
    const child = await childOf(command, word);
    if (!child && topic) return { kind: "topic", text: topic.text, globals };
    if (!child) throw unknownCommand(command, path, word);
    path.push(childName(command, word));
    command = child;
  }
  return { kind: "help", path, command, globals };
}
