import { existsSync } from "node:fs";
import { join } from "node:path";

import { AoError } from "../../error.ts";
import { findProgram } from "../../process/program.ts";
import { run, type RunResult } from "../../process/run.ts";
import type { Supervisor, SupervisorState } from "./port.ts";
import { systemdProgram, systemdUnit } from "./systemd-unit.ts";

/** As long as a start may take by systemd's own default, and a little more. */
const callMs = 100_000;

/** The person's own systemd. */
export function systemd(
  env: NodeJS.ProcessEnv,
  { home, suffix }: { home: string; suffix: string },
): Supervisor {
  const unitName = `ao${suffix}.service`;
  const folder = join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "systemd", "user");
  const call = (...words: string[]) => systemctl(env, words);
  return {
    name: "systemd",
    unitName,
    unitPath: join(folder, unitName),
    unitText: systemdUnit,
    programIn: systemdProgram,
    assertReachable: () => assertReachable(env),
    state: async () => stateIn(await call("show", unitName, "--property=ActiveState,MainPID")),
    activate: async (how) => {
      succeeded(await call("daemon-reload"));
      succeeded(await call("enable", unitName));
      succeeded(await call(how, unitName));
    },
    deactivate: async () => succeeded(await call("disable", "--now", unitName)),
    forget: async () => {
      succeeded(await call("daemon-reload"));
      // It may have nothing to forget, and then says so by failing.
      await call("reset-failed", unitName);
    },
    advice: () => lingerAdvice(env),
    logCommand: ({ lines, follow }) => [
      programNamed("journalctl", env),
      `--user-unit=${unitName}`,
      `--lines=${lines}`,
      "--output=short-iso",
      "--no-pager",
      "--quiet",
      ...(follow ? ["--follow"] : []),
    ],
  };
}

async function assertReachable(env: NodeJS.ProcessEnv): Promise<void> {
  const { exitCode, stderr } = await systemctl(env, ["show", "--property=Version"]);
  if (exitCode === 0) return;
  const reason = stderr.trim().split("\n")[0] ?? "";
  const message = `your systemd user session cannot be reached: ${reason}`;
  throw new AoError("unavailable", message, "loginctl enable-linger, or `ao daemon` by itself");
}

function stateIn({ exitCode, stdout }: RunResult): SupervisorState | undefined {
  const [, state] = /^ActiveState=(.+)$/m.exec(stdout) ?? [];
  const [, pid] = /^MainPID=(\d+)$/m.exec(stdout) ?? [];
  if (exitCode !== 0 || state === undefined) return undefined;
  return { state, pid: Number(pid) || undefined };
}

/** Without it, systemd ends the person's services with the last login. */
async function lingerAdvice(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const program = findProgram("loginctl", { path: env["PATH"] ?? "" });
  if (!program) return undefined;
  const words = ["show-user", String(process.getuid?.()), "--property=Linger", "--value"];
  const { exitCode, stdout } = await run([program, ...words], { env, timeoutMs: callMs });
  if (exitCode !== 0 || stdout.trim() !== "no") return undefined;
  return "it ends with your last login, and starts at the next one, unless: loginctl enable-linger";
}

async function systemctl(env: NodeJS.ProcessEnv, words: string[]): Promise<RunResult> {
  const argv = [programNamed("systemctl", env), "--user", ...words];
  return await run(argv, { env: withRuntimeDir(env), timeoutMs: callMs });
}

/** `su` and some SSH servers do not name the folder in which the session's bus is. */
function withRuntimeDir(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = `/run/user/${process.getuid?.()}`;
  if (env["XDG_RUNTIME_DIR"] || !existsSync(folder)) return env;
  return { ...env, XDG_RUNTIME_DIR: folder };
}

function programNamed(name: string, env: NodeJS.ProcessEnv): string {
  const found = findProgram(name, { path: env["PATH"] ?? "" });
  if (found) return found;
  const hint = "ao daemon, under a supervisor of your own";
  throw new AoError("unavailable", `${name} was not found: systemd is not here`, hint);
}

function succeeded({ exitCode, stderr, timedOut }: RunResult): void {
  if (exitCode === 0) return;
  const reason = timedOut ? "it did not answer" : stderr.trim().split("\n")[0];
  // In the foreground it says itself what is wrong.
  throw new AoError("failed", `systemctl failed: ${reason}`, "ao daemon");
}
