import { realpathSync } from "node:fs";
import { isAbsolute } from "node:path";

import { findProgram } from "../../process/program.ts";
import { run } from "../../process/run.ts";
import type { Engine } from "../engine.ts";
import { homeOf, logFileOf } from "./choose.ts";
import type { DaemonFacts } from "./port.ts";

/** A start-up file that waits for something must not keep the person waiting. */
const shellMs = 5_000;
const mark = "ao-path:";

/** Everything that a unit for this engine's data directory is made from. */
export async function daemonFacts(engine: Engine): Promise<DaemonFacts> {
  const { env, dataDir } = engine;
  return {
    command: [...lastingCommand(engine), "daemon", `--data-dir=${dataDir}`],
    path: (await loginPath(env)) ?? cleanPath(env["PATH"] ?? ""),
    home: homeOf(env),
    logFile: logFileOf(dataDir),
  };
}

/**
 * How this program is run again next year. A package keeps its versions in folders of their own,
 * and only the link on the path stays when one replaces the other.
 */
function lastingCommand({ self, env }: Engine): string[] {
  const [program = "", ...words] = self;
  const onPath = findProgram("ao", { path: cleanPath(env["PATH"] ?? "") });
  const isSame = onPath !== undefined && realpathSync(onPath) === realpathSync(program);
  return [isSame ? onPath : program, ...words];
}

/**
 * The `PATH` of the person's login shell: supervisors start programs with one in which nothing of
 * the person's is found. Undefined when the shell does not tell.
 */
export async function loginPath(
  env: NodeJS.ProcessEnv,
  withinMs = shellMs,
): Promise<string | undefined> {
  const shell = env["SHELL"];
  if (!shell || !isAbsolute(shell)) return undefined;
  const kept = ["HOME", "USER", "LOGNAME", "SHELL", "LANG", "XDG_CONFIG_HOME", "ZDOTDIR"];
  const own = Object.fromEntries(kept.map((name) => [name, env[name]]));
  try {
    // Interactive too, since many write it into the file that only such a shell reads.
    const argv = [shell, "-l", "-i", "-c", `echo "${mark}$PATH"`];
    const result = await run(argv, { cwd: homeOf(env), env: own, timeoutMs: withinMs });
    const line = result.stdout.split("\n").findLast((one) => one.startsWith(mark));
    return cleanPath(line?.slice(mark.length) ?? "") || undefined;
  } catch {
    // A shell that is not there tells nothing.
    return undefined;
  }
}

/** Only what means the same in every folder, each once. */
function cleanPath(path: string): string {
  const isUsable = (folder: string) => isAbsolute(folder) && !/\p{Cc}/u.test(folder);
  return [...new Set(path.split(":").filter(isUsable))].join(":");
}
