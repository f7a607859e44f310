import { findProgram } from "../process/program.ts";
import { run } from "../process/run.ts";
import { GitHubError } from "./failure.ts";
import { isGitHubOwn } from "./host.ts";

/** How long `gh` may take to give the token that it keeps. */
const ghMs = 5_000;

/** A token, and where it came from (never the token itself) for `ao doctor`. */
export interface Token {
  value: string;
  source: string;
}

type Environment = Record<string, string | undefined>;

/** Variables whose token is for github.com, or for the host that `GH_HOST` names. */
const variables = ["AO_GITHUB_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"];

/** What `gh` has for an Enterprise Server beside them (its manual, `gh help environment`). */
const enterpriseVariables = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];

/** All that a helper process needs of the environment to ask as this one does. */
export const askingVariables: readonly string[] = [
  ...[...variables, ...enterpriseVariables],
  ...["AO_GITHUB_API_URL", "GH_HOST", "GH_CONFIG_DIR", "XDG_CONFIG_HOME"],
  ...["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "NODE_EXTRA_CA_CERTS"],
  ...["SSH_AUTH_SOCK"],
];

/**
 * The token for a host: `AO_GITHUB_TOKEN`, `GITHUB_TOKEN`, `GH_TOKEN`, else what `gh` keeps for
 * that host. The host comes from a repository's remote, which anybody can name, so a token goes
 * only where it belongs. Throws `unavailable` with the way to log in.
 */
export async function findToken(host: string, env: Environment): Promise<Token> {
  const sources = sourcesFor(host, env);
  for (const source of sources) {
    const value = env[source]?.trim();
    if (value) return { value, source };
  }
  const gh = findProgram("gh", { path: env["PATH"] ?? "" });
  if (gh) {
    const value = await tokenOfGh(gh, host, env);
    if (value) return { value, source: "gh auth token" };
  }
  const variable = isGitHubOwn(host) ? "AO_GITHUB_TOKEN" : `AO_GITHUB_TOKEN and GH_HOST=${host}`;
  const hint = gh ? `gh auth login --hostname ${host}` : `set ${variable}, or install \`gh\``;
  throw new GitHubError("unauthorized", `no token for ${host} was found`, hint);
}

/** What may hold a host's token: a server's own come first, lest it gets that of github.com. */
function sourcesFor(host: string, env: Environment): readonly string[] {
  if (isGitHubOwn(host)) return variables;
  if (host !== namedHost(env)) return [];
  const [own = "", ...others] = variables;
  return [own, ...enterpriseVariables, ...others];
}

function namedHost(env: Environment): string {
  return env["GH_HOST"]?.trim().toLowerCase() || "github.com";
}

/** Where to ask instead of the host's own API, if `AO_GITHUB_API_URL` is about this host. */
export function apiUrlFor(host: string, env: Environment): string | undefined {
  const isMeant = host === namedHost(env);
  return isMeant ? env["AO_GITHUB_API_URL"] || undefined : undefined;
}

/** Only what it keeps: it gives a variable's token for whichever server it is asked about. */
async function tokenOfGh(gh: string, host: string, env: Environment): Promise<string> {
  const argv = [gh, "auth", "token", `--hostname=${host}`];
  const unset = [...variables, ...enterpriseVariables].map((name) => [name, undefined]);
  const kept = { ...env, ...Object.fromEntries(unset) };
  const result = await run(argv, { env: kept, timeoutMs: ghMs });
  return result.exitCode === 0 ? result.stdout.trim() : "";
}
