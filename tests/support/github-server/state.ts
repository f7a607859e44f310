/** Times are Unix milliseconds everywhere. */
export interface World {
  repositories: Map<string, Repository>;
  /** Old names of renamed and transferred repositories, lower-cased, and their present ones. */
  moved: Map<string, string>;
  users: Map<string, User>;
  /** Whom the token belongs to, and the token itself. */
  viewer: string;
  token: string;
  now: () => number;
  nextId: number;
  nextPull: Partial<Pull>;
}

export interface User {
  login: string;
  kind: "User" | "Bot" | "Organization";
}

export interface Repository {
  owner: string;
  name: string;
  /** `none`: the token may not even see it. */
  permission: "none" | "read" | "write";
  requiresReview: boolean;
  /** Names of checks without which nothing is merged. */
  requiredChecks: string[];
  mergeMethods: ("merge" | "squash" | "rebase")[];
  /** `owner/name` of what it is a fork of. */
  parent: string | undefined;
  pulls: Map<number, Pull>;
  issues: Map<number, Issue>;
  /** What ran on each commit, oldest first. */
  checks: Map<string, Check[]>;
  nextNumber: number;
}

export interface Pull {
  number: number;
  title: string;
  body: string;
  state: "OPEN" | "CLOSED" | "MERGED";
  isDraft: boolean;
  author: string | null;
  head: string;
  sha: string;
  /** `owner/name`; null when that repository was deleted. */
  headRepo: string | null;
  /** Whether those who may write in the base may push to the head's repository too. */
  maintainerCanModify: boolean;
  base: string;
  baseSha: string;
  mergeSha: string | null;
  mergeable: "MERGEABLE" | "CONFLICTING" | "UNKNOWN";
  /** Computed from the rest when absent. */
  mergeState: string | undefined;
  additions: number;
  deletions: number;
  changedFiles: number;
  createdAt: number;
  updatedAt: number;
  reviews: Review[];
  comments: Comment[];
  threads: Thread[];
  /** When set, asking for it fails with this. */
  broken: { type: string; message: string } | undefined;
  /** Where somebody pushes it at the moment of the next merge. */
  movesTo: string | undefined;
  /** The token may not see its checks. */
  hidesChecks: boolean;
}

export interface Comment {
  id: string;
  author: string | null;
  association: string;
  body: string;
  createdAt: number;
}

export interface Review extends Comment {
  state: "COMMENTED" | "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED" | "PENDING";
}

export interface Thread {
  id: string;
  path: string;
  line: number | null;
  isResolved: boolean;
  isOutdated: boolean;
  comments: Comment[];
}

export interface Issue {
  number: number;
  title: string;
  body: string;
  state: "OPEN" | "CLOSED";
  author: string | null;
  association: string;
  labels: string[];
  assignees: string[];
  comments: Comment[];
  createdAt: number;
  updatedAt: number;
}

/** A check run of an app, or a commit status of an older service. */
export interface Check {
  id: number;
  kind: "run" | "status";
  name: string;
  /** `COMPLETED`, `IN_PROGRESS`, … of a run; `SUCCESS`, `FAILURE`, … of a status. */
  status: string;
  conclusion: string | null;
  url: string;
  title: string | null;
  summary: string | null;
  /** Empty for a check that is no Actions job. */
  workflow: string;
  event: string;
  app: string;
  startedAt: number | null;
  steps: { name: string; conclusion: string | null }[];
  /** Undefined: it is gone (410). */
  log: string | undefined;
}

/** A world with a viewer and nothing else. */
export function emptyWorld(): World {
  return {
    repositories: new Map(),
    moved: new Map(),
    users: new Map([["octocat", { login: "octocat", kind: "User" }]]),
    viewer: "octocat",
    token: "ghp_test",
    now: Date.now,
    nextId: 1,
    nextPull: {},
  };
}

/** A repository by its name, old names included; undefined when the token may not see it. */
export function visibleRepository(world: World, name: string): Repository | undefined {
  const key = name.toLowerCase();
  const found = world.repositories.get(world.moved.get(key) ?? key);
  return found?.permission === "none" ? undefined : found;
}

/** `owner/name`, as it is written. */
export function fullName(repository: Pick<Repository, "owner" | "name">): string {
  return `${repository.owner}/${repository.name}`;
}

/** What counts of the checks of a commit: the newest run of each name, workflow and event. */
export function newestChecks(checks: readonly Check[]): Check[] {
  const key = (check: Check) => `${check.kind}/${check.workflow}/${check.event}/${check.name}`;
  return [...new Map(checks.map((check) => [key(check), check])).values()];
}

/** The summary that GitHub makes of the checks of a commit; null without any. */
export function rollupState(checks: readonly Check[]): string | null {
  const states = newestChecks(checks).map((check) =>
    check.kind === "status" ? check.status : (check.conclusion ?? "PENDING"),
  );
  if (states.length === 0) return null;
  const bad = ["FAILURE", "ERROR", "TIMED_OUT", "CANCELLED", "ACTION_REQUIRED", "STARTUP_FAILURE"];
  if (states.some((state) => bad.includes(state))) return "FAILURE";
  return states.some((state) => state === "PENDING") ? "PENDING" : "SUCCESS";
}

/** The decision of the last reviews of each reviewer. */
export function reviewDecision(repository: Repository, pull: Pull): string | null {
  const last = new Map(
    pull.reviews
      .filter(({ state }) => state !== "COMMENTED" && state !== "PENDING")
      .map((review) => [review.author, review.state]),
  );
  const states = [...last.values()];
  if (states.includes("CHANGES_REQUESTED")) return "CHANGES_REQUESTED";
  if (states.includes("APPROVED")) return "APPROVED";
  return repository.requiresReview ? "REVIEW_REQUIRED" : null;
}

/** What GitHub says of merging it now. */
export function mergeState(repository: Repository, pull: Pull): string {
  if (pull.mergeState !== undefined) return pull.mergeState;
  if (pull.state !== "OPEN" || pull.mergeable === "UNKNOWN") return "UNKNOWN";
  if (pull.mergeable === "CONFLICTING") return "DIRTY";
  const checks = repository.checks.get(pull.sha) ?? [];
  const passed = newestChecks(checks).filter(
    (check) => check.conclusion === "SUCCESS" || check.status === "SUCCESS",
  );
  const isMissing = repository.requiredChecks.some(
    (name) => !passed.some((check) => check.name === name),
  );
  const decision = reviewDecision(repository, pull);
  const isRefused = repository.requiresReview && decision !== "APPROVED";
  if (pull.isDraft || isMissing || isRefused) return "BLOCKED";
  const rollup = rollupState(checks);
  return rollup === null || rollup === "SUCCESS" ? "CLEAN" : "UNSTABLE";
}
