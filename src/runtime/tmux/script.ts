import { join } from "node:path";

import { writeAtomically } from "../atomic-file.ts";
import { launchPath } from "../launch.ts";
import type { LaunchSpec } from "../port.ts";
import { paneTerm, tmuxEnvironment } from "./server.ts";

/** What tmux adds to the environment of a pane. */
const addedByTmux = ["TMUX", "TMUX_PANE", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "SHELL"];
/** A shell does not let these be set, and agents do not need them. */
const readOnly = new Set(["UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO"]);

/**
 * Writes the script that runs the agent: tmux refuses commands over 16 KB, and an argv is public,
 * while this file (0600) is not. The shell stays, to tell of the end: tmux 3.3 with libutempter
 * (Debian) misses up to half of the ends itself. Returns its path.
 */
export function writeLaunchScript(spec: LaunchSpec): string {
  const env = Object.entries({ ...spec.env, TERM: paneTerm }).filter(
    ([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !readOnly.has(name),
  );
  const lines = [
    "pane=$TMUX_PANE",
    `unset ${[...Object.keys(tmuxEnvironment()), ...addedByTmux].join(" ")}`,
    ...env.map(([name, value]) => `export ${name}=${quote(value)}`),
    `cd -- ${quote(spec.cwd)} || exit 126`,
    // A trap with a command is not passed on: the agent gets these signals as ever.
    "trap : INT QUIT TERM HUP",
    // The shell itself says nothing, above all not how the agent was ended.
    "exec 3>&2 2>/dev/null",
    `/bin/sh -c ${quote(become)} ${[agentPidPath(spec), ...spec.argv].map(quote).join(" ")}`,
    "code=$? signal=",
    "trap '' INT QUIT TERM HUP",
    'if [ "$code" -gt 128 ] && [ "$code" -le 192 ]; then signal=$((code - 128)); fi',
    `exec /bin/sh ${quote(writeEndScript(spec))} "$code" "$signal" "$pane"`,
  ];
  const path = join(spec.sessionDir, "launch.sh");
  writeAtomically(path, `${lines.join("\n")}\n`);
  return path;
}

/** Leaves its pid in the file that is its first argument, and becomes the agent. */
const become = 'exec 2>&3 3>&-; echo "$$" >"$0"; exec "$@"';

/** The file in which the agent's own pid is left as it starts. */
export function agentPidPath({ sessionDir }: LaunchSpec): string {
  return join(sessionDir, "agent.pid");
}

/** Writes the script that records an agent's end; its arguments are exit code, signal and pane. */
export function writeEndScript(spec: LaunchSpec): string {
  const words = [...spec.self, "__pane-died", launchPath(spec.sessionDir)].map(quote).join(" ");
  const path = join(spec.sessionDir, "pane-died.sh");
  const script = `exec ${words} "$1" "$2" "$3" ${quote(spec.launchId)}\n`;
  writeAtomically(path, script);
  return path;
}

/** One word for a POSIX shell, whatever it holds. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
