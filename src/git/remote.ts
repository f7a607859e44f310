/** Where a remote is hosted; all parts in lower case. */
export interface RemoteIdentity {
  /** With the port where an http(s) address names one. */
  host: string;
  owner: string;
  repo: string;
}

/**
 * Reads host, owner and repository from `git@host:o/r.git`, `https://…` or `ssh://…`.
 * Undefined for local paths and for anything without exactly an owner and a repository.
 */
export function parseRemote(url: string): RemoteIdentity | undefined {
  const short = /^(?:[^@/\s]+@)?([^:/\s]{2,}):(?!\/\/)(.+)$/.exec(url);
  if (short?.[1] && short[2]) return identity(short[1], short[2]);
  const parsed = URL.parse(url);
  if (!parsed || !/^(https?|ssh|git|git\+ssh):$/.test(parsed.protocol)) return undefined;
  const isWeb = parsed.protocol.startsWith("http");
  return identity(isWeb ? parsed.host : parsed.hostname, decoded(parsed.pathname));
}

/**
 * A text whose addresses have no user name and no password any more, which do not belong into a
 * store or an error: a token can be either, and hold an `@`.
 */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/(https?:\/\/)[^/\s]*@/gi, "$1");
}

/** The address of another repository on the same host, in the form that this one's has. */
export function siblingAddress(url: string, fullName: string): string | undefined {
  const found = /^(.*?[/:])[^/:]+\/[^/]+?(\.git)?\/*$/.exec(withoutCredentials(url));
  return found ? `${found[1]}${fullName}${found[2] ?? ""}` : undefined;
}

/** A path with a stray `%` is taken as it is written. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return path;
  }
}

function identity(host: string, path: string): RemoteIdentity | undefined {
  const parts = path
    .replace(/^\/+|\/+$/g, "")
    .replace(/\.git$/i, "")
    .toLowerCase()
    .split("/");
  const [owner, repo] = parts;
  if (parts.length !== 2 || !owner || !repo || !host) return undefined;
  // GitHub answers ssh on port 443 under this name (docs.github.com, "SSH over the HTTPS port").
  const name = host.toLowerCase().replace(/^ssh\.github\.com$/, "github.com");
  return { host: name, owner, repo };
}
