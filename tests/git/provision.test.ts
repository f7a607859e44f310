import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";

import { provision } from "../../src/git/provision.ts";
import type { ProcessIdentity } from "../../src/process/identity.ts";
import { gitIn, TestRepository } from "../support/repository.ts";

/** A repository that ignores some files, with a linked work tree of its first commit. */
function withWorktree(): { repository: TestRepository; root: string; worktree: string } {
  const repository = TestRepository.withCommit();
  repository.write(".gitignore", ".env*\nnode_modules/\nconfig/local/\n/shared\n");
  repository.commit("ignore");
  const worktree = repository.place("shop-1");
  repository.git("worktree", "add", "--quiet", worktree, "-b", "side");
  return { repository, root: repository.root, worktree };
}

test("provision copies what is ignored and matches, and nothing else", async () => {
  const { repository, root, worktree } = withWorktree();
  using _ = repository;
  repository.write(".worktreeinclude", "# secrets\n.env*\n!.env.prod\n/config/\n*.txt\n");
  repository.write(".env", "A=1\n");
  repository.write(".env.prod", "A=2\n");
  repository.write("packages/ä b/.env", "A=3\n");
  repository.write("config/local/run.sh", "#!/bin/sh\n");
  chmodSync(join(root, "config/local/run.sh"), 0o755);
  repository.write("untracked.txt", "matches, but is not ignored\n");
  repository.write("node_modules/x.js", "ignored, but does not match\n");
  const done = await provision({ root, worktree });
  expect(done.copied.sort()).toEqual([".env", "config/local/run.sh", "packages/ä b/.env"]);
  expect(done.skipped).toEqual([]);
  expect(readFileSync(join(worktree, "packages/ä b/.env"), "utf8")).toBe("A=3\n");
  expect(statSync(join(worktree, "config/local/run.sh")).mode & 0o111).toBe(0o111);
  expect(gitIn(worktree, "status", "--porcelain")).toBe("");
});

test("provision overwrites nothing and copies a link as a link", async () => {
  const { repository, root, worktree } = withWorktree();
  using _ = repository;
  repository.write(".worktreeinclude", ".env*\n");
  repository.write(".env", "main\n");
  repository.write(".env", "its own\n", worktree);
  symlinkSync("/etc/hostname", join(root, ".env.link"));
  const done = await provision({ root, worktree });
  expect(done.copied).toEqual([".env.link"]);
  expect(done.skipped).toEqual([{ path: ".env", reason: "it exists already" }]);
  expect(readFileSync(join(worktree, ".env"), "utf8")).toBe("its own\n");
  expect(readlinkSync(join(worktree, ".env.link"))).toBe("/etc/hostname");
});

test("provision does not write through a link that leads out of the work tree", async () => {
  const { repository, root, worktree } = withWorktree();
  using _ = repository;
  const outside = join(repository.folder, "outside");
  mkdirSync(outside);
  symlinkSync(outside, join(worktree, "config"));
  repository.write(".worktreeinclude", "config/\n");
  repository.write("config/local/secret", "x");
  const done = await provision({ root, worktree, symlinks: ["config/local"] });
  const reason = "`config` on its path is not a directory";
  expect(done.skipped).toEqual([
    { path: "config/local/secret", reason },
    { path: "config/local", reason },
  ]);
  expect(existsSync(join(outside, "local"))).toBe(false);
});

test("provision links what exists, and skips what is missing or in the way", async () => {
  const { repository, root, worktree } = withWorktree();
  using _ = repository;
  repository.write("node_modules/x.js", "x");
  const symlinks = ["node_modules/", "missing", "readme.txt"];
  const done = await provision({ root, worktree, symlinks });
  expect(done.linked).toEqual(["node_modules"]);
  expect(done.skipped).toEqual([
    { path: "missing", reason: "it does not exist in the main work tree" },
    { path: "readme.txt", reason: "it exists already" },
  ]);
  expect(lstatSync(join(worktree, "node_modules")).isSymbolicLink()).toBe(true);
  expect(readlinkSync(join(worktree, "node_modules"))).toBe(join(root, "node_modules"));
});

test.each(["/etc", "../x", "a/../../x", "", ".", ".git", ".git/hooks"])(
  "provision of the symlink %j is a usage error",
  async (path) => {
    const { repository, root, worktree } = withWorktree();
    using _ = repository;
    const attempt = provision({ root, worktree, symlinks: [path] });
    await expect(attempt).rejects.toMatchObject({ code: "usage" });
  },
);

test("provision skips an ignored repository that the patterns match", async () => {
  const { repository, root, worktree } = withWorktree();
  using _ = repository;
  repository.write(".worktreeinclude", "shared\n");
  mkdirSync(join(root, "shared"));
  gitIn(join(root, "shared"), "init", "--quiet");
  const done = await provision({ root, worktree });
  expect(done.skipped).toEqual([{ path: "shared/", reason: "it is a repository of its own" }]);
});

test("provision with nothing to do starts no process", async () => {
  const { repository, root, worktree } = withWorktree();
  using _ = repository;
  const children: ProcessIdentity[] = [];
  await provision({ root, worktree, onStart: (child) => children.push(child) });
  expect(children).toEqual([]);
});
