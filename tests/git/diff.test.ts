import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";

import { changedFiles, diffAgainstBase } from "../../src/git/diff.ts";
import { addWorktree } from "../../src/git/worktree.ts";
import { gitIn, TestRepository } from "../support/repository.ts";

test("diffAgainstBase has committed, staged, unstaged and untracked changes", async () => {
  using repository = TestRepository.withCommit();
  const worktree = repository.place("shop-1");
  const baseSha = repository.git("rev-parse", "HEAD");
  await addWorktree({ root: repository.root, path: worktree, branch: "side", baseSha });
  repository.write("committed.txt", "1\n", worktree);
  repository.commit("work", worktree);
  repository.write("staged.txt", "2\n", worktree);
  gitIn(worktree, "add", "staged.txt");
  repository.write("readme.txt", "3\n", worktree);
  repository.write("untracked ü.txt", "4\n5\n", worktree);
  rmSync(join(worktree, "src/code.txt"));
  const before = [gitIn(worktree, "status", "--porcelain"), repository.git("count-objects")];
  const question = { worktree, baseSha };
  const patch = await diffAgainstBase(question);
  for (const line of ["+1\n", "+2\n", "-one\n+3\n", "+4\n+5\n", "-alpha\n"]) {
    expect(patch).toContain(line);
  }
  expect(patch).toContain("+++ b/untracked ü.txt");
  const summary = await diffAgainstBase({ ...question, isSummary: true });
  expect(summary).toContain("5 files changed, 5 insertions(+), 4 deletions(-)");
  expect(await diffAgainstBase({ ...question, hasColor: true })).toContain("\u001b[");
  expect(await changedFiles(question)).toEqual({ files: 5, additions: 5, deletions: 4 });
  const after = [gitIn(worktree, "status", "--porcelain"), repository.git("count-objects")];
  expect(after).toEqual(before);
});

test("diffAgainstBase of an unchanged work tree is empty", async () => {
  using repository = TestRepository.withCommit();
  const baseSha = repository.git("rev-parse", "HEAD");
  const question = { worktree: repository.root, baseSha };
  expect(await diffAgainstBase(question)).toBe("");
  expect(await changedFiles(question)).toEqual({ files: 0, additions: 0, deletions: 0 });
});
