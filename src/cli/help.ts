import type { Argument, Command, Flag, Positional } from "./command.ts";
import { globalFlags, isNegatable, valueHint } from "./flags.ts";
import type { Paint } from "./text.ts";
import { wrap } from "./text.ts";

/** Help is never wider than this, whatever the terminal. */
const helpColumns = 80;
/** The widest left column; longer entries get a line of their own. */
const widestTerm = 26;

/** The help of one command or group, ending with a newline; plain when `paint` is. */
export async function renderHelp(
  root: Command,
  path: string[],
  command: Command,
  paint: Paint,
): Promise<string> {
  const blocks = [
    [command.meta.description, ...(command.details ? ["", ...paragraphs(command.details)] : [])],
    section("Usage", usageLines(path, command), paint),
    ...(await commandSections(command, paint)),
    section("Arguments", describe(positionals(command), paint), paint),
    section("Flags", describe(flags(Object.entries(command.args)), paint), paint),
    command === root ? section("Help pages", topics(command, paint), paint) : [],
    section("Global flags", describe(flags(Object.entries(globalFlags)), paint), paint),
    section(
      "Example",
      command.example.split("\n").map((line) => `  ${line}`),
      paint,
    ),
  ];
  const text = blocks.filter((block) => block.length > 0).map((block) => block.join("\n"));
  return `${text.join("\n\n")}\n`;
}

type Entry = [term: string, description: string];

function section(title: string, lines: string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : [paint.bold(`${title}:`), ...lines];
}

function paragraphs(text: string): string[] {
  // Lines that are set in are examples, and stay as they are.
  return text
    .trim()
    .split("\n")
    .flatMap((line) => (line.startsWith("  ") ? [line] : wrap(line, helpColumns)));
}

function usageLines(path: string[], command: Command): string[] {
  const name = ["ao", ...path].join(" ");
  const lines: string[] = [];
  if (command.execute) {
    const words = positionals(command).map(([term]) => term);
    const required = Object.entries(command.args).flatMap(([key, arg]) =>
      arg.type === "positional" || arg.type === "boolean" || !arg.required
        ? []
        : [`--${key} <${valueHint(key, arg)}>`],
    );
    lines.push([name, "[flags]", ...required, ...words].join(" "));
  }
  if (Object.keys(command.subCommands).length > 0) lines.push(`${name} <command> [flags]`);
  return lines.map((line) => `  ${line}`);
}

async function commandSections(command: Command, paint: Paint): Promise<string[][]> {
  const rest = new Set(Object.keys(command.subCommands));
  const sections: string[][] = [];
  for (const [title, names] of Object.entries(command.sections)) {
    const known = names.filter((name) => rest.delete(name));
    sections.push(section(title, describe(await summaries(command, known), paint), paint));
  }
  const title = sections.length === 0 ? "Commands" : "Other commands";
  sections.push(section(title, describe(await summaries(command, [...rest]), paint), paint));
  return sections;
}

async function summaries(command: Command, names: string[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const name of names.filter((name) => !name.startsWith("__"))) {
    const child = await command.subCommands[name]?.();
    if (child && !child.meta.hidden) entries.push([name, child.meta.description]);
  }
  return entries;
}

function topics(command: Command, paint: Paint): string[] {
  const entries = Object.entries(command.topics).map(([name, topic]): Entry => [
    `ao help ${name}`,
    topic.description,
  ]);
  return describe(entries, paint);
}

function positionals(command: Command): Entry[] {
  return Object.entries<Argument>(command.args).flatMap(([name, arg]): Entry[] => {
    if (arg.type !== "positional") return [];
    return [[positionalTerm(name, arg), withDefault(arg.description, arg.default)]];
  });
}

function positionalTerm(name: string, arg: Positional): string {
  const dots = arg.repeated ? "…" : "";
  const isOptional = arg.required === false || arg.default !== undefined;
  return isOptional ? `[${name}]${dots}` : `<${name}>${dots}`;
}

function flags(args: [string, Argument][]): Entry[] {
  return args.flatMap(([name, arg]): Entry[] =>
    arg.type === "positional" ? [] : [[flagTerm(name, arg), flagDescription(arg)]],
  );
}

function flagTerm(name: string, flag: Flag): string {
  const letter = flag.alias ? `-${flag.alias}, ` : "    ";
  const long = isNegatable(flag) ? `--no-${name}` : `--${name}`;
  const hint = flag.type === "boolean" ? "" : ` <${valueHint(name, flag)}>`;
  return `${letter}${long}${hint}`;
}

function flagDescription(flag: Flag): string {
  if (flag.type === "boolean") return flag.description;
  const description = flag.repeated ? `${flag.description} (repeatable)` : flag.description;
  return withDefault(description, flag.default);
}

function withDefault(description: string, value: string | undefined): string {
  return value === undefined ? description : `${description} (default ${value})`;
}

/** Two columns; the right one is wrapped below itself. */
function describe(entries: Entry[], paint: Paint): string[] {
  const widths = entries.map(([term]) => Bun.stringWidth(term));
  const width = Math.max(0, ...widths.filter((width) => width <= widestTerm));
  return entries.flatMap(([term, description]) => {
    const padding = " ".repeat(Math.max(0, width - Bun.stringWidth(term)));
    const lines = wrap(description, helpColumns - width - 4);
    const indent = " ".repeat(width + 4);
    const below = lines.map((line) => indent + line);
    if (Bun.stringWidth(term) > width) return [`  ${paint.cyan(term)}`, ...below];
    return [`  ${paint.cyan(term)}${padding}  ${lines[0] ?? ""}`, ...below.slice(1)];
  });
}
