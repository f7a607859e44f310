import { findProgram } from "../process/program.ts";
import { run } from "../process/run.ts";
import { GitHubError } from "./failure.ts";

/** How long `gh` may take to give the token that it keeps. */
const ghMs = 5_000;

/** A token, and where it came from (never the token itself) for `ao doctor`. */
export interface Token {
  value: string;
  source: string;
}

/**
 * The token for a host: `AO_GITHUB_TOKEN`, `GITHUB_TOKEN`, `GH_TOKEN`, else what `gh` keeps for
 * that host. Throws `unavailable` with the way to log in.
 */
export async function findToken(
  host: string,
  env: Record<string, string | undefined>,
): Promise<Token> {
  for (const source of ["AO_GITHUB_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"]) {
    const value = env[source]?.trim();
    if (value) return { value, source };
  }
  const gh = findProgram("gh", { path: env["PATH"] ?? "" });
  if (gh) {
    const argv = [gh, "auth", "token", "--hostname", host];
    const result = await run(argv, { env, timeoutMs: ghMs });
    const value = result.stdout.trim();
    if (result.exitCode === 0 && value) return { value, source: "gh auth token" };
  }
  const hint = gh ? `gh auth login --hostname ${host}` : "set AO_GITHUB_TOKEN, or install `gh`";
  throw new GitHubError("unauthorized", `no token for ${host} was found`, hint);
}
