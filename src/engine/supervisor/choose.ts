import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

import { AoError } from "../../error.ts";
import type { Engine } from "../engine.ts";
import { dataDirectory } from "../paths.ts";
import { launchd } from "./launchctl.ts";
import type { Supervisor } from "./port.ts";
import { systemd } from "./systemctl.ts";

/**
 * What keeps the daemon of a data directory running on this kind of machine: `ao` for the default
 * directory, a name of its own for any other. Throws `unavailable` where there is no such thing.
 */
export function supervisorOf(
  { env, dataDir }: Engine,
  platform: NodeJS.Platform = process.platform,
): Supervisor {
  const home = homeOf(env);
  const isDefault = dataDir === dataDirectory(undefined, { HOME: home });
  const hash = createHash("sha256").update(dataDir).digest("hex").slice(0, 8);
  if (platform === "linux") return systemd(env, { home, suffix: isDefault ? "" : `-${hash}` });
  const names = { home, suffix: isDefault ? "" : `.${hash}`, logFile: logFileOf(dataDir) };
  if (platform === "darwin") return launchd(env, names);
  throw new AoError("unavailable", `no supervisor is known for ${platform}`, "ao daemon");
}

/** The person's home folder, as their shell has it. */
export function homeOf(env: NodeJS.ProcessEnv): string {
  return env["HOME"] || homedir();
}

/** Where the daemon's output goes under launchd, which keeps none itself. */
export function logFileOf(dataDir: string): string {
  return join(dataDir, "logs", "daemon.log");
}
