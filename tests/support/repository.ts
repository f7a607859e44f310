import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const configuration = `[user]
	name = Test
	email = test@localhost
[init]
	defaultBranch = main
[protocol "file"]
	allow = always
`;

/**
 * A real repository in a temporary folder whose name tries every way of quoting. While it exists,
 * git reads its configuration instead of the person's.
 */
export class TestRepository {
  /** Real path of the folder that holds everything and is deleted in the end. */
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "ao-git-")));
  /** The main work tree. */
  readonly root = join(this.folder, `a "b' c ünïcode`);
  /** Where the work trees of ao would lie. */
  readonly owned = join(this.folder, "owned by ao");
  readonly lockDir = join(this.folder, "locks");

  readonly #outerConfiguration = process.env["GIT_CONFIG_GLOBAL"];

  constructor() {
    process.env["GIT_CONFIG_GLOBAL"] = join(this.folder, "gitconfig");
    process.env["GIT_CONFIG_NOSYSTEM"] = "1";
    writeFileSync(join(this.folder, "gitconfig"), configuration);
    mkdirSync(this.root);
    mkdirSync(this.owned);
    this.git("init", "--quiet", "--initial-branch=main");
  }

  /** A repository with two committed files. */
  static withCommit(): TestRepository {
    const repository = new TestRepository();
    repository.write("readme.txt", "one\n");
    repository.write("src/code.txt", "alpha\nbeta\ngamma\n");
    repository.commit("first");
    return repository;
  }

  get gitDir(): string {
    return join(this.root, ".git");
  }

  /** Path for a work tree of this name. */
  place(name: string): string {
    return join(this.owned, name);
  }

  /** Runs git in the main work tree and returns its output without the last line end. */
  git(...args: string[]): string {
    return gitIn(this.root, ...args);
  }

  write(path: string, content: string, root = this.root): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }

  /** Commits everything in the main work tree, or in another one; returns the commit. */
  commit(message: string, root = this.root): string {
    gitIn(root, "add", "--all");
    gitIn(root, "commit", "--quiet", "--allow-empty", "--message", message);
    return gitIn(root, "rev-parse", "HEAD");
  }

  /** Adds a bare remote `origin` that has everything this one has; returns its path. */
  addOrigin(): string {
    const origin = join(this.folder, "origin.git");
    gitIn(this.folder, "clone", "--quiet", "--bare", this.root, origin);
    this.git("remote", "add", "origin", origin);
    this.git("fetch", "--quiet", "origin");
    return origin;
  }

  /** Everything that git knows outside ao's own refs, to be compared before and after. */
  userState(): string {
    const refs = this.git("for-each-ref", "--format=%(refname) %(objectname)");
    const kept = refs.split("\n").filter((line) => !line.startsWith("refs/ao/"));
    return [...kept, this.git("config", "--local", "--list"), this.git("stash", "list")].join("\n");
  }

  [Symbol.dispose](): void {
    if (this.#outerConfiguration === undefined) delete process.env["GIT_CONFIG_GLOBAL"];
    else process.env["GIT_CONFIG_GLOBAL"] = this.#outerConfiguration;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs git in a folder. */
export function gitIn(folder: string, ...args: string[]): string {
  const output = execFileSync("git", ["-C", folder, ...args], { stdio: "pipe", encoding: "utf8" });
  return output.replace(/\n$/, "");
}
