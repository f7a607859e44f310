import { join } from "node:path";

import type { AoEvent } from "../../src/domain/event.ts";
import { type ClaimOptions, claimPr, type ClaimResult } from "../../src/engine/claim/claim.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { loopsLease } from "../../src/engine/loops-lease.ts";
import { ownIdentity } from "../../src/process/identity.ts";
import { acquireLease } from "../../src/store/lease.ts";
import { openOperations } from "../../src/store/operation.ts";
import { insertProject } from "../../src/store/project.ts";
import { getSession } from "../../src/store/session.ts";
import { GitHubRemote } from "../support/github-remote.ts";
import { GitHubServer } from "../support/github-server/server.ts";
import { gitIn, TestRepository } from "../support/repository.ts";
import { newProject, Sample } from "../support/store.ts";

/** Settings of a claim that nobody chose. */
const usual: ClaimOptions = { takeover: true, checkout: true };

/**
 * A desk to claim from: a store, GitHub on loopback, and a real clone whose `origin` is a bare
 * repository under GitHub's address. Agents are rows only; their worktrees are real.
 */
export class ClaimDesk implements AsyncDisposable {
  readonly server = new GitHubServer();
  readonly repository = TestRepository.withCommit();
  readonly remote = new GitHubRemote(this.server, this.repository);
  readonly sample = new Sample();
  readonly engine: Engine;

  constructor(env: Record<string, string> = {}) {
    this.engine = createEngine({
      store: this.sample.store,
      self: [],
      env: { PATH: "", ...this.server.env, ...env },
    });
    // Who holds the loops needs no helper.
    acquireLease(this.store, loopsLease, ownIdentity(), 600_000);
    this.remote.connect();
    this.remote.redirect();
    this.project("shop", this.repository.root);
  }

  get store() {
    return this.sample.store;
  }

  project(id: string, path: string): void {
    const place = { path, host: "github.com", owner: "acme", repo: "shop" };
    this.store.write((tx) => insertProject(tx, { ...newProject(id), ...place }));
  }

  /** A session with a worktree on its own branch. */
  session(projectId = "shop", root = this.repository.root): string {
    const id = this.sample.session(projectId);
    const worktreePath = join(this.repository.folder, "worktrees", id);
    gitIn(root, "worktree", "add", "--quiet", "-b", `ao/${id}/root`, worktreePath, "HEAD");
    const { raw } = this.sample;
    raw.query("update session set worktree_path = ? where id = ?").run(worktreePath, id);
    return id;
  }

  worktree(id: string): string {
    return getSession(this.store, id).worktreePath;
  }

  /** Opens a pull request whose commit only GitHub has. */
  pr(given: Parameters<GitHubRemote["pr"]>[0] = {}): { number: number; sha: string } {
    return this.remote.pr(given);
  }

  async claim(
    id: string,
    reference: string | number,
    options: Partial<ClaimOptions> = {},
  ): Promise<ClaimResult> {
    return await claimPr(this.engine, id, String(reference), { ...usual, ...options });
  }

  /** The events of a claim, without those about messages. */
  async eventsOf(action: () => Promise<unknown>): Promise<AoEvent[]> {
    const before = this.sample.head();
    await action();
    return this.sample.eventsSince(before).filter(({ type }) => type !== "message_updated");
  }

  /** All that a claim may change, to be compared before and after. What was fetched may stay. */
  state() {
    const open = openOperations(this.store).map(({ kind }) => kind);
    const owners = this.sample.raw.query("select key, session_id from pr").all();
    const lines = this.repository.userState().split("\n");
    const heads = this.repository.git("worktree", "list", "--porcelain");
    return { open, owners, heads, git: lines.filter((line) => !line.startsWith("refs/remotes/")) };
  }

  /** What a session's worktree stands on, and what is changed in it. */
  head(id: string): string {
    const worktree = this.worktree(id);
    const name = gitIn(worktree, "rev-parse", "--abbrev-ref", "HEAD");
    const sha = gitIn(worktree, "rev-parse", "HEAD");
    return `${name} ${sha} ${gitIn(worktree, "status", "--porcelain")}`;
  }

  /** Texts that wait for a session's agent. */
  texts(id: string): string[] {
    const query = "select body from message where session_id = ? order by position";
    return this.sample.raw
      .query<{ body: string }, [string]>(query)
      .all(id)
      .map(({ body }) => body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.sample[Symbol.dispose]();
    this.repository[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
