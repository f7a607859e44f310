import * as v from "valibot";

import type { Author } from "../domain/observation.ts";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./failure.ts";
import type { RepositoryName } from "./host.ts";
import { issueQuery, issuesQuery } from "./query.ts";

/** An issue as a list shows it. Times are Unix milliseconds. */
export interface IssueHead {
  number: number;
  title: string;
  url: string;
  state: "open" | "closed";
  author: Author;
  labels: string[];
  assignees: string[];
  createdAt: number;
  updatedAt: number;
}

/** An issue with what was said in it. All texts are foreign. */
export interface Issue extends IssueHead {
  body: string;
  /** The last comments, oldest first. */
  comments: (Author & { body: string; url: string; createdAt: number })[];
  /** How many there are in all. */
  commentCount: number;
}

/** One issue with its last 50 comments. Throws `GitHubError`: `not_found` and the others. */
export async function fetchIssue(
  github: GitHub,
  { owner, repo }: RepositoryName,
  number: number,
): Promise<Issue> {
  const answer = await github.graphql(issueQuery, { owner, name: repo, number });
  const parsed = v.safeParse(repositoryWithIssue, answer.data["repository"] ?? null);
  const node = parsed.success ? parsed.output?.issue : undefined;
  if (!node) throw missing(github, answer.errors.get("repository"), `${owner}/${repo}#${number}`);
  return {
    ...readHead(node),
    body: node.body,
    commentCount: node.comments.totalCount,
    comments: node.comments.nodes.map(({ body, url, createdAt, ...who }) => ({
      ...readAuthor(who),
      body,
      url,
      createdAt: Date.parse(createdAt),
    })),
  };
}

export interface IssueFilter {
  /** All of these. */
  labels?: readonly string[];
  /** A login, `*` for anybody, or absent. */
  assignee?: string;
  withClosed?: boolean;
  /** At most 100. */
  limit?: number;
}

/** Issues of a repository, last changed first. Throws `GitHubError`. */
export async function listIssues(
  github: GitHub,
  { owner, repo }: RepositoryName,
  filter: IssueFilter = {},
): Promise<IssueHead[]> {
  const { labels, assignee, withClosed = false, limit = 50 } = filter;
  const answer = await github.graphql(issuesQuery, {
    owner,
    name: repo,
    limit: Math.min(limit, 100),
    filterBy: {
      ...(labels && labels.length > 0 ? { labels } : {}),
      ...(assignee === undefined ? {} : { assignee }),
      ...(withClosed ? {} : { states: ["OPEN"] }),
    },
  });
  const parsed = v.safeParse(repositoryWithIssues, answer.data["repository"] ?? null);
  const issues = parsed.success ? parsed.output?.issues : undefined;
  if (!issues) throw missing(github, answer.errors.get("repository"), `${owner}/${repo}`);
  return issues.nodes.map(readHead);
}

const who = {
  author: v.nullable(v.object({ __typename: v.string(), login: v.string() })),
  authorAssociation: v.string(),
};

const head = v.object({
  number: v.number(),
  title: v.string(),
  url: v.string(),
  state: v.picklist(["OPEN", "CLOSED"]),
  createdAt: v.string(),
  updatedAt: v.string(),
  labels: v.nullable(v.object({ nodes: v.array(v.object({ name: v.string() })) })),
  assignees: v.object({ nodes: v.array(v.object({ login: v.string() })) }),
  ...who,
});

const comment = v.object({ body: v.string(), url: v.string(), createdAt: v.string(), ...who });

const whole = v.object({
  ...head.entries,
  body: v.string(),
  comments: v.object({ totalCount: v.number(), nodes: v.array(comment) }),
});

const repositoryWithIssue = v.nullable(v.object({ issue: v.nullable(whole) }));
const repositoryWithIssues = v.nullable(v.object({ issues: v.object({ nodes: v.array(head) }) }));

function readHead(node: v.InferOutput<typeof head>): IssueHead {
  return {
    number: node.number,
    title: node.title,
    url: node.url,
    state: node.state === "OPEN" ? "open" : "closed",
    author: readAuthor(node),
    labels: node.labels?.nodes.map(({ name }) => name) ?? [],
    assignees: node.assignees.nodes.map(({ login }) => login),
    createdAt: Date.parse(node.createdAt),
    updatedAt: Date.parse(node.updatedAt),
  };
}

function readAuthor(
  node: Pick<v.InferOutput<typeof head>, "author" | "authorAssociation">,
): Author {
  return {
    login: node.author?.login ?? "ghost",
    association: node.authorAssociation,
    isBot: node.author?.__typename === "Bot",
  };
}

function missing(github: GitHub, failure: GitHubError | undefined, name: string): GitHubError {
  return failure ?? new GitHubError("not_found", `${github.host} has no ${name}`, undefined);
}

/** An issue as a person names it: a number, `#n`, or its page; undefined for the rest. */
export function parseIssueReference(
  text: string,
): { number: number; repository?: RepositoryName } | undefined {
  const number = /^#?(\d{1,9})$/.exec(text.trim())?.[1];
  if (number) return Number(number) > 0 ? { number: Number(number) } : undefined;
  const page = /^https?:\/\/([^/\s]+)\/([^/\s]+)\/([^/\s]+)\/issues\/(\d{1,9})(?:[/?#].*)?$/i;
  const [, host, owner, repo, digits] = page.exec(text.trim().toLowerCase()) ?? [];
  if (!host || !owner || !repo || !digits) return undefined;
  return { number: Number(digits), repository: { host, owner, repo } };
}
