/**
 * Where the API of a host is: github.com and `*.ghe.com` have a name of their own for it, any
 * other host is a GitHub Enterprise Server. `override` (AO_GITHUB_API_URL) replaces it.
 */
export function apiBase(host: string, override?: string): string {
  if (override) return override.replace(/\/+$/, "");
  if (host === "github.com" || host === "www.github.com") return "https://api.github.com";
  return isGitHubOwn(host) ? `https://api.${host}` : `https://${host}/api/v3`;
}

/** Whether GitHub itself runs a host; any other one is somebody's Enterprise Server, or nothing. */
export function isGitHubOwn(host: string): boolean {
  return host === "github.com" || host === "www.github.com" || host.endsWith(".ghe.com");
}

/** Where GraphQL is asked: an Enterprise Server has it beside `/api/v3`, not below it. */
export function graphqlBase(host: string, override?: string): string {
  return apiBase(host, override).replace(/\/api\/v3$/, "/api");
}

/** A repository on a host; all three lower-cased. */
export interface RepositoryName {
  host: string;
  owner: string;
  repo: string;
}

/** Whether two names are of one repository. */
export function isSameRepository(one: RepositoryName, other: RepositoryName): boolean {
  return one.host === other.host && one.owner === other.owner && one.repo === other.repo;
}

/** The key of a pull request: `host/owner/repo#n`, lower-cased, so that spelling never matters. */
export function prKey({ host, owner, repo }: RepositoryName, number: number): string {
  return `${host}/${owner}/${repo}#${number}`.toLowerCase();
}

/** A pull request as a person names it: a number, `#n`, or its page; undefined for the rest. */
export function parsePrReference(
  text: string,
): { number: number; repository?: RepositoryName } | undefined {
  const number = /^#?(\d{1,9})$/.exec(text.trim())?.[1];
  if (number) return Number(number) > 0 ? { number: Number(number) } : undefined;
  const found =
    /^https?:\/\/([^/\s]+)\/([^/\s]+)\/([^/\s]+?)(?:\.git)?\/pull\/(\d{1,9})(?:[/?#].*)?$/i.exec(
      text.trim(),
    );
  const [, host, owner, repo, digits] = found ?? [];
  if (!host || !owner || !repo || !digits) return undefined;
  const repository = {
    host: host.toLowerCase(),
    owner: owner.toLowerCase(),
    repo: repo.toLowerCase(),
  };
  return { number: Number(digits), repository };
}
