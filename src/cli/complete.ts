import { childOf } from "./args.ts";
import type { Argument, Command, CompletionKind, Flag, Globals } from "./command.ts";
import { globalFlags, isNegatable } from "./flags.ts";

/** Names from the store for a kind of value. */
export type LookUp = (kind: CompletionKind, globals: Globals) => Promise<string[]> | string[];

/** Asks the shell to offer paths. */
const filesMark = ":files";

/**
 * What may stand for the last of these words (those after `ao`, the last one unfinished): lines of
 * a word, or a word, a tab and its description; or `:files`. A failing look-up offers nothing.
 */
export async function candidates(root: Command, words: string[], lookUp: LookUp): Promise<string> {
  const { line, isSplit } = joinSplitValues(words);
  const typed = line.at(-1) ?? "";
  const place = await follow(root, line.slice(0, -1));
  const equals = typed.startsWith("--") ? typed.indexOf("=") : -1;
  if (equals >= 0) {
    const prefix = isSplit ? "" : typed.slice(0, equals + 1);
    const flag = findFlag(place.command, typed.slice(0, equals));
    return print(await values(flag, place, lookUp), typed.slice(equals + 1), prefix);
  }
  if (place.pending) return print(await values(place.pending, place, lookUp), typed);
  if (place.isRest) return "";
  if (typed.startsWith("-")) return print(flagNames(place.command), typed);
  const commands = place.words === 0 ? await commandNames(place.command) : [];
  const positional = positionals(place.command)[place.words] ?? lastRepeated(place.command);
  return print([...commands, ...(await values(positional, place, lookUp))], typed);
}

type Candidate = [word: string, description?: string];

/** Where a half-written line has got to. */
interface Place {
  command: Command;
  /** Positional words so far. */
  words: number;
  /** The flag whose value comes next. */
  pending: Flag | undefined;
  /** Behind `--`. */
  isRest: boolean;
  globals: Globals;
}

/** bash takes `--flag=value` for three words, because `=` ends a word there. */
function joinSplitValues(words: string[]): { line: string[]; isSplit: boolean } {
  const line: string[] = [];
  let isSplit = false;
  for (let index = 0; index < words.length; index += 1) {
    const previous = line.at(-1);
    if (words[index] === "=" && previous?.startsWith("--")) {
      line[line.length - 1] = `${previous}=${words[index + 1] ?? ""}`;
      index += 1;
      isSplit = index >= words.length - 1;
    } else line.push(words[index] ?? "");
  }
  return { line, isSplit };
}

async function follow(root: Command, words: string[]): Promise<Place> {
  const globals = {
    json: false,
    project: undefined,
    dataDir: undefined,
    noColor: true,
    quiet: true,
  };
  const place: Place = { command: root, words: 0, pending: undefined, isRest: false, globals };
  let flagName = "";
  for (const word of words) {
    if (place.isRest) continue;
    if (place.pending) {
      remember(place, flagName, word);
      place.pending = undefined;
    } else if (word === "--") place.isRest = true;
    else if (word.startsWith("-") && word !== "-") {
      const [name = "", value] = word.split("=", 2);
      flagName = name;
      const flag = findFlag(place.command, name);
      if (value !== undefined) remember(place, name, value);
      else if (flag && flag.type !== "boolean") place.pending = flag;
    } else await takeWord(place, word);
  }
  return place;
}

async function takeWord(place: Place, word: string): Promise<void> {
  const child = place.words === 0 ? await childOf(place.command, word) : undefined;
  if (child) place.command = child;
  // `ao help <command>` walks the same tree.
  else if (word !== "help" || place.command.execute) place.words += 1;
}

function remember(place: Place, flag: string, value: string): void {
  if (flag === "--project") place.globals = { ...place.globals, project: value };
  if (flag === "--data-dir") place.globals = { ...place.globals, dataDir: value };
}

function allFlags(command: Command): [string, Flag][] {
  const args: [string, Argument][] = [
    ...Object.entries(command.args),
    ...Object.entries(globalFlags),
  ];
  return args.flatMap(([name, arg]): [string, Flag][] =>
    arg.type === "positional" ? [] : [[name, arg]],
  );
}

function findFlag(command: Command, typed: string): Flag | undefined {
  return allFlags(command).find(
    ([name, flag]) => typed === `--${name}` || typed === `-${flag.alias}`,
  )?.[1];
}

function flagNames(command: Command): Candidate[] {
  return allFlags(command).map(([name, flag]) => [
    isNegatable(flag) ? `--no-${name}` : `--${name}`,
    flag.description,
  ]);
}

function positionals(command: Command): Argument[] {
  return Object.values(command.args).filter((arg) => arg.type === "positional");
}

function lastRepeated(command: Command): Argument | undefined {
  const last = positionals(command).at(-1);
  return last?.type === "positional" && last.repeated ? last : undefined;
}

async function commandNames(command: Command): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const [name, load] of Object.entries(command.subCommands)) {
    if (name.startsWith("__")) continue;
    const { meta } = await load();
    if (!meta.hidden) found.push([name, meta.description]);
  }
  return found;
}

async function values(
  arg: Argument | undefined,
  place: Place,
  lookUp: LookUp,
): Promise<Candidate[]> {
  if (!arg || arg.type === "boolean") return [];
  if ("options" in arg && arg.options) return arg.options.map((option) => [option]);
  if (arg.complete === undefined) return [];
  if (arg.complete === "file") return [[filesMark]];
  try {
    return (await lookUp(arg.complete, place.globals)).map((name) => [name]);
  } catch {
    // Completion must never print an error into the line that is being typed.
    return [];
  }
}

function print(found: Candidate[], typed: string, prefix = ""): string {
  if (found.some(([word]) => word === filesMark)) return `${filesMark}\n`;
  return found
    .filter(([word]) => word.startsWith(typed))
    .map(([word, description]) => `${prefix}${word}${description ? `\t${description}` : ""}\n`)
    .join("");
}
