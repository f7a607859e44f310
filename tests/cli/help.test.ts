import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { resolve } from "../../src/cli/args.ts";
import { candidates } from "../../src/cli/complete.ts";
import { renderHelp } from "../../src/cli/help.ts";
import { painter } from "../../src/cli/text.ts";
import { root } from "../support/sample-tree.ts";
import { runProgram, runSample, samplePath } from "../support/sample.ts";

const globalFlags = `\
Global flags:
      --json             Print JSON (see \`ao help json\`)
      --project <id>     The project to act on
      --data-dir <path>  Where ao keeps its data (default ~/.ao)
      --no-color         No colour, as with NO_COLOR
  -q, --quiet            Only data and errors
  -h, --help             Print help
      --version          Print the version
`;

describe("help", () => {
  test("help of the root groups its commands and names its pages", async () => {
    expect(await help()).toBe(`\
Supervises coding agents on your repositories

Usage:
  ao <command> [flags]

Sessions:
  spawn  Start an agent on a task
  ls     List sessions

Other commands:
  session     Steer sessions
  tell        Tell several sessions something
  daemon      Keep the loops alive
  flood       Print a lot
  fail        Fail in some way
  completion  Print the completion script of a shell

Help pages:
  ao help json  The JSON contract

${globalFlags}
Example:
  ao spawn "make checkout idempotent"
`);
  });

  test("help of a command shows words, flags, defaults and an example", async () => {
    expect(await help("spawn")).toBe(`\
Start an agent on a task

Usage:
  ao spawn [flags] [prompt]

Arguments:
  [prompt]  What to do

Flags:
  -a, --agent <agent>     The agent to start
      --title <title>     A title
      --mode <plan|edit>  How freely (default plan)
      --env <NAME=VALUE>  Environment (repeatable)
      --prompt-file <prompt-file>
                          Read the task from a file
      --no-checkout       Leave the branch as it is
  -w, --watch             Watch it

${globalFlags}
Example:
  ao spawn "make checkout idempotent"
`);
  });

  test("help names required flags and repeated words in the usage line", async () => {
    expect(await help("session", "kill")).toContain(
      "  ao session kill [flags] --reason <reason> <session>\n",
    );
    expect(await help("tell")).toContain("  ao tell [flags] <text> <sessions>…\n");
    expect(await help("daemon")).toContain("  ao daemon [flags]\n  ao daemon <command> [flags]\n");
  });

  test("help is the same text by every way of asking, and without escape codes", async () => {
    const ways = [
      ["help", "session", "kill"],
      ["session", "kill", "--help"],
      ["session", "kill", "-h"],
    ];
    const [first, ...others] = await Promise.all(ways.map((words) => runSample(...words)));
    expect(first).toMatchObject({ exitCode: 0, stderr: "" });
    expect(first?.stdout).not.toContain("\u001b");
    for (const other of others) expect(other).toEqual(first!);
  });

  test("help on a terminal differs by its colours only", async () => {
    const painted = await renderHelp(root, [], root, painter(true));
    expect(painted).toContain("\u001b[1mUsage:\u001b[22m");
    expect(Bun.stripANSI(painted)).toBe(await help());
  });

  test.concurrent("the program without words prints help and ends with 0", async () => {
    const ended = await runSample();
    expect(ended).toEqual({ exitCode: 0, stdout: await help(), stderr: "" });
  });
});

describe("candidates", () => {
  test.each<[string[], string[]]>([
    [["s"], ["spawn", "session"]],
    [
      ["session", ""],
      ["kill", "ls"],
    ],
    [["--quiet", "session", "k"], ["kill"]],
    [["help", "session", "k"], ["kill"]],
    [["spawn", "--mo"], ["--mode"]],
    [
      ["spawn", "--no-"],
      ["--no-checkout", "--no-color"],
    ],
    [
      ["spawn", "--mode", ""],
      ["plan", "edit"],
    ],
    [["spawn", "--mode=e"], ["--mode=edit"]],
    [
      ["spawn", "--mode", "="],
      ["plan", "edit"],
    ],
    [["spawn", "--mode", "=", "e"], ["edit"]],
    [["spawn", "--mode=edit", "--ti"], ["--title"]],
    [
      ["--project", ""],
      ["shop", "blog"],
    ],
    [
      ["session", "kill", ""],
      ["any-1", "shop-2"],
    ],
    [
      ["session", "kill", "--project", "blog", ""],
      ["blog-1", "shop-2"],
    ],
    [["session", "kill", "--project=blog", "b"], ["blog-1"]],
    [["tell", "stop", "shop-2", "sh"], ["shop-2"]],
    [["tell", ""], []],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["spawn", "--prompt-file", ""], [":files"]],
    [["spawn", "--prompt-file=x"], [":files"]],
    [["spawn", "--agent", ""], []],
    [["spawn", "--", "--m"], []],
    [["daemon", "i"], ["install"]],
    [["nothing", "x", ""], []],
    [[], ["spawn", "ls", "session", "tell", "daemon", "flood", "fail", "completion"]],
  ])("candidates of %j are %j", async (words, expected) => {
    const text = await candidates(root, words, (kind, globals) => {
      if (kind === "agent") throw new Error("the store cannot be read");
      return kind === "project" ? ["shop", "blog"] : [`${globals.project ?? "any"}-1`, "shop-2"];
    });
    const found = text.split("\n").filter((line) => line !== "");
    expect(found.map((line) => line.split("\t")[0] ?? "")).toEqual(expected);
  });
});

describe("completion", () => {
  test.concurrent("completion works in a real bash", async () => {
    const typed = ["ao ", "ao sess", "ao session kill ", "ao spawn --mode=", "ao spawn --mode e"];
    const offered = await inShell("bash", (script) => [
      script,
      "offer() {",
      '  COMP_LINE=$1; COMP_POINT=${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ao',
      '  echo "${COMPREPLY[*]}"',
      "}",
      `offer '${typed[0]}' ao ''`,
      `offer '${typed[1]}' ao sess`,
      `offer '${typed[2]}' ao session kill ''`,
      `offer '${typed[3]}' ao spawn --mode =`,
      `offer '${typed[4]}' ao spawn --mode e`,
    ]);
    expect(offered).toEqual([
      "spawn ls session tell daemon flood fail completion",
      "session",
      "any-1 shop-2",
      "plan edit",
      "edit",
    ]);
  });

  test.concurrent("completion offers paths in a real bash", async () => {
    const offered = await inShell("bash", (script, folder) => [
      script,
      `cd '${folder}' && touch 'a task.md'`,
      "COMP_WORDS=(ao spawn --prompt-file a); COMP_CWORD=3; _ao",
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ]);
    expect(offered).toContain("a task.md");
  });
});

async function help(...path: string[]): Promise<string> {
  const found = await resolve(root, [...path, "--help"]);
  if (found.kind !== "help") throw new Error(`expected help, got ${found.kind}`);
  return renderHelp(root, found.path, found.command, painter(false));
}

/** Runs lines of a shell in which `ao` is the sample program; returns the lines printed. */
async function inShell(
  shell: string,
  lines: (script: string, folder: string) => string[],
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "ao-completion-"));
  try {
    const program = `#!/bin/sh\nexec '${process.execPath}' '${samplePath}' "$@"\n`;
    writeFileSync(join(folder, "ao"), program, { mode: 0o755 });
    const { stdout: script } = await runSample("completion", shell);
    const text = [`PATH='${folder}':$PATH`, ...lines(script, folder)].join("\n");
    const ended = await runProgram([shell, "-c", text]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
    return ended.stdout.trimEnd().split("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
