import { AoError } from "../../error.ts";
import type { DaemonFacts } from "./port.ts";

/**
 * The user unit of the daemon, after systemd.service(5), systemd.exec(5) and systemd.kill(5).
 * Throws `usage` for a path that a unit cannot name.
 */
export function systemdUnit({ command, path }: DaemonFacts): string {
  const [program = "", ...words] = command;
  if (/['"\\]/.test(program)) {
    const message = `systemd starts no program whose path holds a quote or a backslash: ${program}`;
    throw new AoError("usage", message, "move ao to another folder");
  }
  const line = [quoted(program), ...words.map((word) => quoted(word).replaceAll("$", "$$$$"))];
  return `# Written by \`ao daemon install\`, which writes it anew.
# What is to stay belongs into \`systemctl --user edit\`.
[Unit]
Description=ao, which supervises coding agents
# A supervisor that gives up helps nobody: what made it fail (a full disk, another daemon) ends.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
# The daemon beats only while its loops make progress.
WatchdogSec=60
ExecStart=${line.join(" ")}
Environment=${quoted(`PATH=${path}`)}
Restart=on-failure
RestartSec=5
# A wrong command line stays wrong.
RestartPreventExitStatus=2
# Agents and their terminals are children of the daemon, and outlive it.
KillMode=process
TimeoutStopSec=10
# Nor must one agent that takes all memory end the daemon, or their number be limited.
OOMPolicy=continue
TasksMax=infinity
# No secret in a core file. Agents get all else that this unit would take away (sudo, containers,
# other folders), so it takes no more: a sandbox here would be theirs.
LimitCORE=0:infinity

[Install]
WantedBy=default.target
`;
}

/** The program that such a unit starts; undefined when it names none. */
export function systemdProgram(unit: string): string | undefined {
  const [, text] = /^ExecStart="((?:[^"\\]|\\.)*)"/m.exec(unit) ?? [];
  return text?.replaceAll("%%", "%");
}

/** One word, after the quoting of systemd.syntax(7); `%` would begin a specifier. */
function quoted(word: string): string {
  if (/[\u0000-\u001f\u007f]/.test(word)) {
    const message = `a unit cannot hold the control character in ${JSON.stringify(word)}`;
    throw new AoError("usage", message, "rename that folder");
  }
  return `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%")}"`;
}
