import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { Observer } from "../../src/engine/github/observer.ts";
import { findPr, listChecks, listPrs, type PrRow } from "../../src/store/observation.ts";
import { insertProject } from "../../src/store/project.ts";
import { GitHubServer } from "../support/github-server/server.ts";
import { TestRepository } from "../support/repository.ts";
import { createSession, newProject, Sample } from "../support/store.ts";

/** A fixed start: tests move the clock themselves. */
export const start = Date.parse("2026-11-21T10:00:00Z");

/**
 * A desk to watch GitHub from: a store, an observer, a real repository, and the server, all by
 * one clock that stands still until it is moved.
 */
export class Desk implements AsyncDisposable {
  readonly server = new GitHubServer();
  readonly repository = TestRepository.withCommit();
  readonly sample = new Sample(() => this.now);
  readonly engine: Engine;
  observer: Observer;
  #time: number | undefined = start;

  /** With `isLive` the clock runs. */
  constructor(env: Record<string, string> = {}, isLive = false) {
    if (isLive) this.#time = undefined;
    else this.server.setTime(this.now);
    this.engine = createEngine({
      store: this.sample.store,
      self: [],
      env: { PATH: "", ...this.server.env, ...env },
    });
    this.observer = new Observer(this.engine);
  }

  get now(): number {
    return this.#time ?? Date.now();
  }

  get store() {
    return this.sample.store;
  }

  /** Adds a project whose origin is on GitHub, and GitHub's side of it. */
  project(id = "shop", name = "acme/shop", path = this.repository.root): void {
    const [owner = "", repo = ""] = name.split("/");
    const place = { path, host: "github.com", owner, repo };
    this.store.write((tx) => insertProject(tx, { ...newProject(id), ...place }));
    this.server.repository(name);
  }

  session(projectId = "shop", given: { branch?: string } = {}): string {
    return this.store.write((tx) => createSession(tx, projectId, given));
  }

  /** Makes a commit that the project knows. */
  commit(message = "work"): string {
    return this.repository.commit(message);
  }

  /** A session with an open pull request of its own, not yet seen. */
  pr(given: Partial<Parameters<GitHubServer["pr"]>[0]> = {}): string {
    const id = this.session();
    const sha = this.commit(`work of ${id}`);
    return this.server.pr({ repo: "acme/shop", head: `ao/${id}/root`, sha, ...given });
  }

  /** Moves the clock, and makes one pass. */
  async pass(ms = 0): Promise<string[]> {
    this.move(ms);
    return await this.observer.runOnce(this.now);
  }

  move(ms: number): void {
    this.#time = this.now + ms;
    this.server.setTime(this.now);
  }

  /** As many passes as the loop would make in that time. */
  async watch(ms: number, everyMs = 5_000): Promise<void> {
    for (let left = ms; left > 0; left -= everyMs) await this.pass(Math.min(left, everyMs));
  }

  /** Another process that leads from now on. */
  restart(): void {
    this.observer.stop();
    this.observer = new Observer(this.engine);
  }

  row(ref: string): PrRow | undefined {
    return findPr(this.store, `github.com/${ref}`);
  }

  rows(): PrRow[] {
    return listPrs(this.store, { withClosed: true });
  }

  checks(ref: string) {
    return listChecks(this.store, `github.com/${ref}`, null);
  }

  /** Types of the events of an action, in order. */
  async eventsOf(action: () => Promise<unknown>): Promise<string[]> {
    const before = this.sample.head();
    await action();
    return this.sample.eventsSince(before).map(({ type }) => type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.observer.stop();
    this.sample[Symbol.dispose]();
    this.repository[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
