import type { Check, Issue, Pull, Repository, Review, Thread, User, World } from "./state.ts";

/** A pull request or issue by its name: `acme/shop#7`. */
export type Ref = string;

export type RepositoryOptions = Partial<Omit<Repository, "owner" | "name" | "pulls" | "issues">>;
export type PullOptions = Partial<Omit<Pull, "reviews" | "comments" | "threads">> & {
  repo: string;
};
export type IssueOptions = Partial<Omit<Issue, "comments">> & { repo: string };
export type Said = { author?: string | null; association?: string; body?: string };

/**
 * Sets up what GitHub knows. All arguments are plain JSON, so that a test in another process can
 * say the same over HTTP. What a real push, review or comment touches is touched here too.
 */
export class Scene {
  constructor(protected readonly world: World) {}

  user(login: string, kind: User["kind"] = "User"): void {
    this.world.users.set(login, { login, kind });
  }

  repository(fullName: string, options: RepositoryOptions = {}): void {
    const [owner = "", name = ""] = fullName.split("/");
    this.world.repositories.set(fullName.toLowerCase(), {
      owner,
      name,
      permission: "write",
      requiresReview: false,
      requiredChecks: [],
      mergeMethods: ["merge", "squash", "rebase"],
      parent: undefined,
      pulls: new Map(),
      issues: new Map(),
      checks: new Map(),
      nextNumber: 1,
      ...options,
    });
  }

  /** Changes what a repository allows. */
  changeRepository(name: string, options: RepositoryOptions): void {
    Object.assign(this.#repository(name), options);
  }

  /** Renames or transfers a repository; its old name goes on answering. */
  rename(from: string, to: string): void {
    const found = this.#repository(from);
    const [owner = "", name = ""] = to.split("/");
    this.world.repositories.delete(from.toLowerCase());
    this.world.repositories.set(to.toLowerCase(), Object.assign(found, { owner, name }));
    this.world.moved.set(from.toLowerCase(), to.toLowerCase());
  }

  /** Opens a pull request and returns its name. */
  pr({ repo, ...options }: PullOptions): Ref {
    const repository = this.#repository(repo);
    const number = options.number ?? repository.nextNumber;
    repository.nextNumber = Math.max(repository.nextNumber, number) + 1;
    const now = this.world.now();
    repository.pulls.set(number, {
      number,
      title: `change ${number}`,
      body: "",
      state: "OPEN",
      isDraft: false,
      author: this.world.viewer,
      head: `branch-${number}`,
      sha: shaOf(`${repo}#${number}`),
      headRepo: `${repository.owner}/${repository.name}`,
      maintainerCanModify: false,
      base: "main",
      baseSha: shaOf(`${repo} main`),
      mergeSha: null,
      mergeable: "MERGEABLE",
      mergeState: undefined,
      additions: 10,
      deletions: 2,
      changedFiles: 1,
      createdAt: now,
      updatedAt: now,
      broken: undefined,
      movesTo: undefined,
      hidesChecks: false,
      ...options,
      reviews: [],
      comments: [],
      threads: [],
    });
    return `${repo}#${number}`;
  }

  /** What the next one that is opened by a call begins with: the commit that was pushed, say. */
  nextPr(options: Partial<Pull>): void {
    this.world.nextPull = options;
  }

  /** Changes what stands in a pull request, a push of another `sha` included. */
  change(ref: Ref, changes: Partial<Pull>): void {
    Object.assign(this.pull(ref), { updatedAt: this.world.now() }, changes);
  }

  /** Lets somebody push between the last look and the merge. */
  moveHeadBeforeMerge(ref: Ref, sha: string): void {
    this.pull(ref).movesTo = sha;
  }

  /** Makes asking for a pull request fail, or work again. */
  breakPr(ref: Ref, broken?: { type: string; message: string }): void {
    this.pull(ref).broken = broken;
  }

  /** Adds a check run to a commit, the head's unless `sha` says otherwise; returns its id. */
  check(ref: Ref, options: Partial<Check> & { name: string; sha?: string }): number {
    const { sha = this.pull(ref).sha, ...check } = options;
    const id = this.world.nextId++;
    const [repo = ""] = ref.split("#");
    const isAction = check.workflow !== "";
    const runUrl = `https://github.example/${repo}/actions/runs/${id}/job/${id}`;
    const { checks } = this.#repository(repo);
    const entry: Check = {
      id,
      kind: "run",
      status: options.conclusion === undefined ? "IN_PROGRESS" : "COMPLETED",
      conclusion: null,
      url: isAction ? runUrl : `https://checks.example/${id}`,
      title: null,
      summary: null,
      workflow: "CI",
      event: "push",
      app: isAction ? "github-actions" : "other-app",
      startedAt: this.world.now(),
      steps: [],
      log: "",
      ...check,
    };
    checks.set(sha, [...(checks.get(sha) ?? []), entry]);
    return id;
  }

  /** Adds a commit status, as older services report. */
  status(ref: Ref, name: string, state: string, summary = "", sha?: string): void {
    const options = { kind: "status", workflow: "", status: state, conclusion: null } as const;
    this.check(ref, { name, summary, ...options, ...(sha ? { sha } : {}) });
  }

  /** Changes a check that is there already. */
  changeCheck(ref: Ref, id: number, changes: Partial<Check>): void {
    const [repo = ""] = ref.split("#");
    const all = [...this.#repository(repo).checks.values()].flat();
    const found = all.find((check) => check.id === id);
    if (!found) throw new Error(`no check ${id} on ${ref}`);
    Object.assign(found, { status: "COMPLETED" }, changes);
  }

  /** Takes all checks of the head commit away, or adds none: a repository without CI. */
  clearChecks(ref: Ref): void {
    const [repo = ""] = ref.split("#");
    this.#repository(repo).checks.delete(this.pull(ref).sha);
  }

  review(ref: Ref, state: Review["state"], said: Said = {}): string {
    const review = { ...this.#said("PRR", said), state };
    this.#touched(ref).reviews.push(review);
    return review.id;
  }

  comment(ref: Ref, said: Said = {}): string {
    const comment = this.#said("IC", said);
    this.#touched(ref).comments.push(comment);
    return comment.id;
  }

  /** Opens a review thread with one comment. */
  thread(ref: Ref, place: { path: string; line?: number | null }, said: Said = {}): string {
    const id = `PRRT_${this.world.nextId++}`;
    const comments = [this.#said("PRRC", said)];
    const { path, line = 1 } = place;
    const thread = { id, path, line, isResolved: false, isOutdated: false, comments };
    this.#touched(ref).threads.push(thread);
    this.#wrapInReview(this.pull(ref), said);
    return id;
  }

  reply(threadId: string, said: Said = {}): string {
    const { pull, thread } = this.findThread(threadId);
    const comment = this.#said("PRRC", said);
    thread.comments.push(comment);
    pull.updatedAt = this.world.now();
    this.#wrapInReview(pull, said);
    return comment.id;
  }

  /** Resolving does not touch the pull request's time, on GitHub neither. */
  resolve(threadId: string, isResolved = true): void {
    this.findThread(threadId).thread.isResolved = isResolved;
  }

  deleteThread(threadId: string): void {
    const { pull } = this.findThread(threadId);
    pull.threads = pull.threads.filter(({ id }) => id !== threadId);
  }

  issue({ repo, ...options }: IssueOptions): Ref {
    const repository = this.#repository(repo);
    const number = options.number ?? repository.nextNumber;
    repository.nextNumber = Math.max(repository.nextNumber, number) + 1;
    const now = this.world.now();
    repository.issues.set(number, {
      number,
      title: `issue ${number}`,
      body: "",
      state: "OPEN",
      author: this.world.viewer,
      association: "OWNER",
      labels: [],
      assignees: [],
      createdAt: now,
      updatedAt: now,
      ...options,
      comments: [],
    });
    return `${repo}#${number}`;
  }

  issueComment(ref: Ref, said: Said = {}): string {
    const [repo = "", number] = ref.split("#");
    const issue = this.#repository(repo).issues.get(Number(number));
    if (!issue) throw new Error(`no issue ${ref}`);
    const comment = this.#said("IC", said);
    issue.comments.push(comment);
    issue.updatedAt = this.world.now();
    return comment.id;
  }

  /** A pull request by its name, whoever may see it. */
  pull(ref: Ref): Pull {
    const [repo = "", number] = ref.split("#");
    const found = this.#repository(repo).pulls.get(Number(number));
    if (!found) throw new Error(`no pull request ${ref}`);
    return found;
  }

  /** A thread and the pull request that it is in. Throws when there is none. */
  findThread(threadId: string): { pull: Pull; thread: Thread } {
    for (const repository of this.world.repositories.values()) {
      for (const pull of repository.pulls.values()) {
        const thread = pull.threads.find(({ id }) => id === threadId);
        if (thread) return { pull, thread };
      }
    }
    throw new Error(`no thread ${threadId}`);
  }

  #repository(name: string): Repository {
    const key = name.toLowerCase();
    const found = this.world.repositories.get(this.world.moved.get(key) ?? key);
    if (found) return found;
    this.repository(name);
    return this.#repository(name);
  }

  /** On GitHub each comment on a line belongs to a review, if need be to an empty one. */
  #wrapInReview(pull: Pull, said: Said): void {
    pull.reviews.push({ ...this.#said("PRR", { ...said, body: "" }), state: "COMMENTED" });
  }

  #touched(ref: Ref): Pull {
    const pull = this.pull(ref);
    pull.updatedAt = this.world.now();
    return pull;
  }

  #said(prefix: string, { author = "reviewer", association = "MEMBER", body = "…" }: Said) {
    const id = `${prefix}_${this.world.nextId++}`;
    return { id, author, association, body, createdAt: this.world.now() };
  }
}

/** A commit id that is the same for the same text. */
export function shaOf(text: string): string {
  return new Bun.CryptoHasher("sha1").update(text).digest("hex");
}
