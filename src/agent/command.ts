import { parse } from "shell-quote";

import { AoError } from "../error.ts";
import type { AgentAdapter } from "./port.ts";
import { argumentBytes } from "./prompt.ts";

/** Any program that the person names. The task reaches it as a file, and at `{prompt}`. */
export const command: AgentAdapter = {
  name: "command",
  title: "any program",
  isTried: true,
  programs: [],
  searchPaths: [],
  installHint: "check the first word of `--command`",
  hasSignals: false,
  receipts: "none",
  acceptsSteering: false,
  conversation: "none",
  missingModes: [],
  dialogs: [],
  launch: ({ command: line, prompt }) => ({ argv: commandArgv(line ?? "", prompt) }),
};

/**
 * Splits a command line by shell quoting without a shell, and puts the task at `{prompt}`.
 * Throws `usage` as `splitCommand` does, and for a task too long for an argument.
 */
export function commandArgv(line: string, prompt: string): string[] {
  const words = splitCommand(line);
  const isLong = Buffer.byteLength(prompt) > argumentBytes;
  if (isLong && words.some((word) => word.includes("{prompt}"))) {
    throw new AoError(
      "usage",
      `the task has ${Buffer.byteLength(prompt)} bytes, too long for an argument`,
      "read it from the file that AO_PROMPT_FILE names instead of `{prompt}`",
    );
  }
  return words.map((word) => word.replaceAll("{prompt}", () => prompt));
}

/** The words of a command line. Throws `usage` as `splitLine` does, and for an empty line. */
export function splitCommand(line: string): [program: string, ...rest: string[]] {
  const [program, ...rest] = splitLine(line);
  if (!program) {
    throw new AoError("usage", "the command is empty", "`--command 'program argument …'`");
  }
  return [program, ...rest];
}

/**
 * Splits a line, which may be empty, by shell quoting without a shell.
 * Throws `usage` for an open quote, or an operator such as `|`.
 */
export function splitLine(line: string): string[] {
  refuseOpenQuote(line);
  return parse(line, (name) => `$${name}`).map((word) => {
    if (typeof word === "string") return word;
    if ("pattern" in word && word.op === "glob") return word.pattern;
    throw operatorError(line, "comment" in word ? "#" : word.op);
  });
}

/** The splitter would take an open quote for a word of its own. */
function refuseOpenQuote(line: string): void {
  const rest = line.replaceAll(/\\.|'[^']*'|"(?:\\.|[^"\\])*"/gs, "");
  const quote = /['"]/.exec(rest)?.[0];
  if (quote === undefined) return;
  const hint = "close it, or put a backslash before it";
  throw new AoError("usage", `the command has a ${quote} without its partner`, hint);
}

function operatorError(line: string, operator: string): AoError {
  return new AoError(
    "usage",
    `the command ${JSON.stringify(line)} holds ${operator}, but no shell runs it`,
    `for a shell: \`--command "sh -c '…'"\``,
  );
}
