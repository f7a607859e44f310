import { AoError } from "../error.ts";
import { findProgram } from "../process/program.ts";
import { run } from "../process/run.ts";

/** How long `ssh` may take to read its configuration. */
const sshMs = 2_000;

/**
 * The host that an ssh address really means: people with several accounts give it other names in
 * the configuration of ssh (`Host` in ssh_config(5)). Whatever cannot be found out stays as it is.
 */
export async function sshHost(
  url: string,
  host: string,
  env: Record<string, string | undefined> = process.env,
): Promise<string> {
  const isSsh = /^(?:git\+)?ssh:\/\//i.test(url) || !url.includes("://");
  const isPlain = /^[\w.][\w.-]*$/.test(host);
  if (!isSsh || !isPlain || host === "github.com") return host;
  const ssh = findProgram("ssh", { path: env["PATH"] ?? "" });
  if (!ssh) return host;
  try {
    const { exitCode, stdout } = await run([ssh, "-G", "--", host], { env, timeoutMs: sshMs });
    const found = /^hostname (\S+)$/m.exec(stdout)?.[1]?.toLowerCase();
    return exitCode === 0 && found ? found.replace(/^ssh\.github\.com$/, "github.com") : host;
  } catch (error) {
    if (!(error instanceof AoError)) throw error;
    return host;
  }
}
