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
    const sha = this.#commit(headRepo ?? "", head);
    const ref = this.server.pr({ repo: "acme/shop", head, headRepo, sha, ...given });
    const number = Number(ref.split("#")[1]);
    const base = this.path("acme/shop");
    if (headRepo !== "acme/shop") gitIn(base, "fetch", "--quiet", this.path(headRepo ?? ""), sha);
    gitIn(base, "update-ref", `refs/pull/${number}/head`, sha);
    return { number, sha };
  }

  /** Adds a file on a branch that begins at `main`, as a push from somewhere else would. */
  #commit(name: string, branch: string): string {
    const bare = this.path(name);
    const file = join(this.folder, "work.txt");
    writeFileSync(file, "work\n");
    const blob = gitIn(bare, "hash-object", "-w", file);
    gitIn(bare, "read-tree", "main");
    gitIn(bare, "update-index", "--add", "--cacheinfo", `100644,${blob},work.txt`);
    const tree = gitIn(bare, "write-tree");
    const sha = gitIn(bare, ...author, "commit-tree", tree, "-p", "main", "-m", `on ${branch}`);
    gitIn(bare, "update-ref", `refs/heads/${branch}`, sha);
    return sha;
  }
}

const author = ["-c", "user.name=Ana", "-c", "user.email=ana@localhost"];
