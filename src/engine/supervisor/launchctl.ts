import { join } from "node:path";

import { AoError } from "../../error.ts";
import { findProgram } from "../../process/program.ts";
import { run, type RunResult } from "../../process/run.ts";
import { launchdPlist, launchdProgram } from "./launchd-plist.ts";
import type { Supervisor, SupervisorState } from "./port.ts";

const callMs = 30_000;

/** The person's own launchd, after launchctl(1). */
export function launchd(
  env: NodeJS.ProcessEnv,
  { home, suffix, logFile }: { home: string; suffix: string; logFile: string },
): Supervisor {
  const label = `ao.daemon${suffix}`;
  const unitPath = join(home, "Library", "LaunchAgents", `${label}.plist`);
  const call = (...words: string[]) => launchctl(env, words);
  const target = async () => `${await domain(env)}/${label}`;
  const unload = async () => {
    const isLoaded = (await call("print", await target())).exitCode === 0;
    if (isLoaded) succeeded(await call("bootout", await target()));
  };
  return {
    name: "launchd",
    unitName: label,
    unitPath,
    unitText: (facts) => launchdPlist(label, facts),
    programIn: launchdProgram,
    assertReachable: async () => void (await domain(env)),
    state: async () => stateIn(await call("print", await target())),
    activate: async (how) => {
      // A changed plist is read only when it is loaded.
      if (how === "restart") await unload();
      // Nothing else undoes a `launchctl disable`.
      succeeded(await call("enable", await target()));
      const isLoaded = (await call("print", await target())).exitCode === 0;
      if (!isLoaded) succeeded(await call("bootstrap", await domain(env), unitPath));
    },
    deactivate: unload,
    forget: async () => {},
    advice: async () => undefined,
    logCommand: ({ lines, follow }) => {
      const tail = findProgram("tail", { path: env["PATH"] ?? "" }) ?? "/usr/bin/tail";
      // `-F` goes on when the file is made anew.
      return [tail, "-n", String(lines), ...(follow ? ["-F"] : []), logFile];
    },
  };
}

/** The graphical login where there is one, else the background session of an SSH login. */
async function domain(env: NodeJS.ProcessEnv): Promise<string> {
  const uid = process.getuid?.();
  for (const found of [`gui/${uid}`, `user/${uid}`]) {
    if ((await launchctl(env, ["print", found])).exitCode === 0) return found;
  }
  const hint = "ao daemon, under a supervisor of your own";
  throw new AoError("unavailable", "launchd has no session of yours", hint);
}

function stateIn({ exitCode, stdout }: RunResult): SupervisorState | undefined {
  if (exitCode !== 0) return undefined;
  const [, state = "loaded"] = /^\s*state = (.+)$/m.exec(stdout) ?? [];
  const [, pid] = /^\s*pid = (\d+)$/m.exec(stdout) ?? [];
  return { state, pid: pid ? Number(pid) : undefined };
}

async function launchctl(env: NodeJS.ProcessEnv, words: string[]): Promise<RunResult> {
  const program = findProgram("launchctl", { path: env["PATH"] ?? "" });
  if (program) return await run([program, ...words], { env, timeoutMs: callMs });
  throw new AoError("unavailable", "launchctl was not found", "ao daemon");
}

function succeeded({ exitCode, stderr, timedOut }: RunResult): void {
  if (exitCode === 0) return;
  const reason = timedOut ? "it did not answer" : stderr.trim().split("\n")[0];
  // In the foreground it says itself what is wrong.
  throw new AoError("failed", `launchctl failed: ${reason}`, "ao daemon");
}
