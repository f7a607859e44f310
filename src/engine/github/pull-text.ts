import type { Session } from "../../domain/session.ts";
import { type Commit, commitsSince } from "../../git/push.ts";
import type { RepositoryName } from "../../github/host.ts";

/** GitHub refuses longer titles and bodies. */
const titleLength = 250;
const bodyLength = 60_000;

/**
 * Title and body of a pull request, from what was asked for, the commits and the session's title;
 * it says which issue it closes.
 */
export async function describePull(
  work: {
    session: Session;
    repository: RepositoryName;
    root: string;
    baseSha: string;
    headSha: string;
  },
  wanted: {
    title?: string | undefined;
    body?: string | undefined;
    isUpstream?: boolean | undefined;
  },
): Promise<{ title: string; body: string }> {
  const { session, root, baseSha: base, headSha: head } = work;
  const commits = await commitsSince({ root, base, head });
  const [only, ...others] = commits;
  const subject = only && others.length === 0 ? only.subject : session.title;
  const body = wanted.body ?? bodyOf(commits);
  const { owner, repo } = work.repository;
  // In another repository, a mere number is another issue.
  const closes = closingLine(session.issue, wanted.isUpstream ? `${owner}/${repo}` : "");
  return {
    title: (wanted.title ?? (subject || session.title)).slice(0, titleLength).toWellFormed(),
    body: [body.slice(0, bodyLength).toWellFormed(), closes].filter(Boolean).join("\n\n"),
  };
}

/** The message of the only commit, else one line for each. */
function bodyOf(commits: readonly Commit[]): string {
  const [only, ...others] = commits;
  if (only && others.length === 0) return only.body;
  return commits.map(({ subject }) => `- ${subject}`).join("\n");
}

/** GitHub closes `#n` and `owner/repo#n` on a merge, and nothing on another host. */
function closingLine(issue: string | null, repository: string): string | undefined {
  const isNumber = issue !== null && /^#?\d+$/.test(issue);
  const name = isNumber ? `${repository}#${issue.replace("#", "")}` : issue;
  return name && /^(?:[\w.-]+\/[\w.-]+)?#\d+$/.test(name) ? `Closes ${name}` : undefined;
}
