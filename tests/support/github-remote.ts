import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { GitHubServer } from "./github-server/server.ts";
import { gitIn } from "./repository.ts";

/** The git side of GitHub on loopback: bare repositories that git finds under its addresses. */
export class GitHubRemote {
  constructor(
    readonly server: GitHubServer,
    private readonly place: { folder: string; root: string },
  ) {}

  /** Makes the repository's `origin` one on GitHub. */
  connect(): void {
    this.bare("acme/shop");
    this.server.repository("acme/shop");
    gitIn(this.place.root, "remote", "add", "origin", "https://github.com/acme/shop.git");
  }

  /** From now on git finds GitHub's addresses here. */
  redirect(root = this.place.root): void {
    gitIn(root, "config", `url.file://${this.folder}/.insteadOf`, "https://github.com/");
  }

  get folder(): string {
    return join(this.place.folder, "github");
  }

  path(name: string): string {
    return join(this.folder, `${name}.git`);
  }

  /** GitHub's side of a repository, with what the project has. */
  bare(name: string): string {
    gitIn(this.place.folder, "clone", "--quiet", "--bare", this.place.root, this.path(name));
    return this.path(name);
  }

  /** Opens a pull request whose commit only GitHub has; the head may be in another repository. */
  pr(given: Partial<Parameters<GitHubServer["pr"]>[0]> = {}): { number: number; sha: string } {
    const { headRepo = "acme/shop", head = "feature" } = given;
    const sha = this.#push(headRepo ?? "", head);
    const ref = this.server.pr({ repo: "acme/shop", head, headRepo, sha, ...given });
    const number = Number(ref.split("#")[1]);
    const base = this.path("acme/shop");
    gitIn(base, "fetch", "--quiet", this.path(headRepo ?? ""), sha);
    gitIn(base, "update-ref", `refs/pull/${number}/head`, sha);
    return { number, sha };
  }

  /** Commits a file on a branch of a repository on GitHub, from somewhere else. */
  #push(name: string, branch: string): string {
    const elsewhere = join(this.place.folder, `elsewhere-${crypto.randomUUID()}`);
    gitIn(this.place.folder, "clone", "--quiet", this.path(name), elsewhere);
    gitIn(elsewhere, "checkout", "--quiet", "-B", branch);
    writeFileSync(join(elsewhere, "work.txt"), "work\n");
    gitIn(elsewhere, "add", "work.txt");
    gitIn(elsewhere, ...author, "commit", "--quiet", "--message", "work");
    gitIn(elsewhere, "push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
    return gitIn(elsewhere, "rev-parse", "HEAD");
  }
}

const author = ["-c", "user.name=Ana", "-c", "user.email=ana@localhost"];
