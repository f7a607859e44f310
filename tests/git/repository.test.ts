import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseRemote, withoutCredentials } from "../../src/git/remote.ts";
import { inspectRepository } from "../../src/git/repository.ts";
import { sshHost } from "../../src/git/ssh-host.ts";
import { gitIn, TestRepository } from "../support/repository.ts";

const remotes: [string, string | undefined][] = [
  ["git@github.com:Acme/Shop.git", "github.com acme shop"],
  ["github.com:acme/shop", "github.com acme shop"],
  ["https://github.com/acme/shop.git", "github.com acme shop"],
  ["https://user:secret@github.com/acme/shop/", "github.com acme shop"],
  ["ssh://git@github.com/acme/shop.git", "github.com acme shop"],
  ["ssh://git@ssh.github.com:443/acme/shop.git", "github.com acme shop"],
  ["ssh://git@ghe.example.com:2222/Acme/shop.git", "ghe.example.com acme shop"],
  ["https://ghe.example.com:8443/acme/shop", "ghe.example.com:8443 acme shop"],
  ["git@acme.ghe.com:team/a.b.git", "acme.ghe.com team a.b"],
  ["/srv/git/shop.git", undefined],
  ["../shop", undefined],
  ["file:///srv/git/acme/shop.git", undefined],
  ["https://gitlab.com/a/b/c.git", undefined],
  ["https://github.com/acme", undefined],
  ["https://github.com/100%/shop", "github.com 100% shop"],
];

test.each(remotes)("parseRemote of %s finds host, owner and repository", (url, expected) => {
  const found = parseRemote(url);
  expect(found && [found.host, found.owner, found.repo].join(" ")).toBe(expected);
});

test("sshHost of a name from the configuration of ssh is the host behind it", async () => {
  const path = mkdtempSync(join(tmpdir(), "ao-ssh-"));
  const script = '#!/bin/sh\n[ "$*" = "-G -- github-work" ] && echo "hostname GitHub.com"\n';
  writeFileSync(join(path, "ssh"), script, { mode: 0o755 });
  const env = { PATH: `${path}:/bin:/usr/bin` };
  try {
    const hosts = [
      sshHost("git@github-work:acme/shop.git", "github-work", env),
      sshHost("git@ghe.example.com:acme/shop.git", "ghe.example.com", env),
      sshHost("https://github-work/acme/shop", "github-work", env),
      sshHost("git@github-work:acme/shop.git", "github-work", { PATH: "" }),
      sshHost("git@-oProxyCommand=x:acme/shop.git", "-oproxycommand=x", env),
    ];
    expect(await Promise.all(hosts)).toEqual([
      ...["github.com", "ghe.example.com", "github-work", "github-work", "-oproxycommand=x"],
    ]);
  } finally {
    rmSync(path, { recursive: true });
  }
});

test("withoutCredentials of an address with a token keeps the rest", () => {
  const url = "https://x-access-token:ghp_1@github.com/acme/shop.git";
  expect(withoutCredentials(url)).toBe("https://github.com/acme/shop.git");
  expect(withoutCredentials("https://a:b@c@host/a/b.git")).toBe("https://host/a/b.git");
  expect(withoutCredentials("https://host/a/b@c.git")).toBe("https://host/a/b@c.git");
  expect(withoutCredentials("git@github.com:a/b.git")).toBe("git@github.com:a/b.git");
});

test("inspectRepository from a subdirectory finds root, origin and default branch", async () => {
  using repository = TestRepository.withCommit();
  repository.git("remote", "add", "origin", "https://token@github.com/Acme/Shop.git");
  repository.git("switch", "--quiet", "--create", "feature");
  expect(await inspectRepository(join(repository.root, "src"))).toEqual({
    root: repository.root,
    gitDir: repository.gitDir,
    defaultBranch: "main",
    origin: "https://github.com/Acme/Shop.git",
    host: "github.com",
    owner: "acme",
    repo: "shop",
  });
});

test("inspectRepository inside a linked work tree goes to the main one", async () => {
  using repository = TestRepository.withCommit();
  const path = repository.place("linked");
  repository.git("worktree", "add", "--quiet", path, "-b", "side");
  const found = await inspectRepository(path);
  expect(found.root).toBe(repository.root);
  expect(found.gitDir).toBe(repository.gitDir);
});

test("inspectRepository takes the default branch that origin declares", async () => {
  using repository = TestRepository.withCommit();
  repository.git("branch", "develop");
  const origin = repository.addOrigin();
  gitIn(origin, "symbolic-ref", "HEAD", "refs/heads/develop");
  repository.git("remote", "set-head", "origin", "--auto");
  expect((await inspectRepository(repository.root)).defaultBranch).toBe("develop");
});

test("inspectRepository without a common name takes the current branch", async () => {
  using repository = TestRepository.withCommit();
  repository.git("branch", "--move", "wörk");
  expect((await inspectRepository(repository.root)).defaultBranch).toBe("wörk");
});

test("inspectRepository refuses what is no repository with a commit, each in its way", async () => {
  using repository = new TestRepository();
  const plain = join(repository.folder, "plain");
  const bare = join(repository.folder, "bare.git");
  mkdirSync(plain);
  gitIn(repository.folder, "init", "--quiet", "--bare", bare);
  const codes = new Map([
    [join(repository.folder, "missing"), "not_found"],
    [plain, "usage"],
    [bare, "usage"],
    [repository.gitDir, "usage"],
    [repository.root, "conflict"],
  ]);
  for (const [path, code] of codes) {
    await expect(inspectRepository(path)).rejects.toMatchObject({ code });
  }
});

test("inspectRepository ignores GIT_DIR of the caller", async () => {
  using repository = TestRepository.withCommit();
  using other = TestRepository.withCommit();
  process.env["GIT_DIR"] = other.gitDir;
  try {
    expect((await inspectRepository(repository.root)).root).toBe(repository.root);
  } finally {
    delete process.env["GIT_DIR"];
  }
});
