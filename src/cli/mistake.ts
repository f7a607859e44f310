import { AoError } from "../error.ts";
import type { Command } from "./command.ts";
import { suggest } from "./suggest.ts";

/** The `usage` error for a word that is no command, with the one that may have been meant. */
export function unknownCommand(command: Command, path: string[], word: string): AoError {
  const names = [...Object.keys(command.subCommands), ...Object.keys(command.topics)];
  const meant = suggest(
    word,
    names.filter((name) => !name.startsWith("__")),
  );
  const isTopic = meant !== undefined && !Object.hasOwn(command.subCommands, meant);
  const typed = ["ao", ...path, ...(isTopic ? ["help"] : []), meant].join(" ");
  const hint = meant ? `did you mean \`${typed}\`?` : helpLine(path);
  return new AoError("usage", `unknown command ${[...path, word].join(" ")}`, hint);
}

/** The `usage` error for a flag that a command lacks, with the one that may have been meant. */
export function unknownFlag(typed: string, known: string[], path: string[]): AoError {
  const meant = typed.length > 2 ? suggest(typed, known) : undefined;
  const hint = meant ? `did you mean \`${meant}\`?` : helpLine(path);
  return new AoError("usage", `unknown flag ${typed}`, hint);
}

/** The `usage` error for a value that is none of the options. */
export function badOption(
  typed: string,
  value: string,
  options: string[],
  path: string[],
): AoError {
  const meant = suggest(value, options);
  const expected = options.join(", ");
  const likely = typed.startsWith("-") ? `${typed} ${meant}` : meant;
  const hint = meant ? `did you mean \`${likely}\`?` : helpLine(path);
  return new AoError("usage", `${typed} is "${value}", expected one of ${expected}`, hint);
}

/** What to type for the help of a command. */
export function helpLine(path: string[]): string {
  return ["ao", ...path, "--help"].join(" ");
}
