import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";

import { deleteBranch } from "../../src/git/branch.ts";
import { takeEscrow } from "../../src/git/escrow.ts";
import { listEscrow, restoreEscrow, showEscrow } from "../../src/git/recover.ts";
import { addWorktree, removeWorktree } from "../../src/git/worktree.ts";
import { gitIn, TestRepository } from "../support/repository.ts";

async function withSession(repository: TestRepository, id = "shop-1") {
  const worktree = repository.place(id);
  const baseSha = repository.git("rev-parse", "HEAD");
  const { root } = repository;
  await addWorktree({ root, path: worktree, branch: `ao/${id}/root`, baseSha });
  return { root, worktree, sessionId: id, reason: "killed" };
}

/** Everything of a session but its escrow. */
async function forget(repository: TestRepository, worktree: string): Promise<void> {
  const { root, owned } = repository;
  await removeWorktree({ root, path: worktree, ownedRoot: owned, isForced: true });
  for (const branch of repository.git("branch", "--format=%(refname:short)").split("\n")) {
    if (branch === "main") continue;
    const expectedSha = repository.git("rev-parse", `refs/heads/${branch}`);
    await deleteBranch({ root, branch, expectedSha });
  }
  repository.git("reflog", "expire", "--expire=now", "--all");
  repository.git("gc", "--quiet", "--prune=now");
}

test("restoreEscrow brings files and index back when all else is gone", async () => {
  using repository = TestRepository.withCommit();
  repository.write("gone.txt", "gone\n");
  repository.write("moved.txt", "a file that is moved, with some text in it\n");
  repository.write("dos.txt", "one\r\ntwo\r\n");
  repository.commit("more");
  const session = await withSession(repository);
  const { root, worktree } = session;
  const work = repository.commit("only here", worktree);
  repository.write("readme.txt", "staged\n", worktree);
  repository.write("new/staged.txt", "staged\n", worktree);
  gitIn(worktree, "mv", "moved.txt", "moved to.txt");
  gitIn(worktree, "add", "readme.txt", "new");
  repository.write("readme.txt", "changed after that\n", worktree);
  repository.write("src/code.txt", "unstaged\n", worktree);
  rmSync(join(worktree, "gone.txt"));
  repository.write("dos.txt", "one\r\nthree\r\n", worktree);
  repository.write("run ü.sh", "#!/bin/sh\n", worktree);
  chmodSync(join(worktree, "run ü.sh"), 0o755);
  symlinkSync("run ü.sh", join(worktree, "link"));
  const before = gitIn(worktree, "status", "--porcelain", "--untracked-files=all");
  const staged = gitIn(worktree, "diff", "--cached");
  const { ref } = await takeEscrow(session);
  await forget(repository, worktree);
  const into = join(repository.folder, 'back "again"');
  const restored = await restoreEscrow({ root, ref, into, branch: "back" });
  expect(restored).toEqual({ head: work, hasIndex: true });
  expect(gitIn(into, "status", "--porcelain", "--untracked-files=all")).toBe(before);
  expect(gitIn(into, "diff", "--cached")).toBe(staged);
  expect(gitIn(into, "branch", "--show-current")).toBe("back");
  expect(readFileSync(join(into, "readme.txt"), "utf8")).toBe("changed after that\n");
  expect(readFileSync(join(into, "dos.txt"), "utf8")).toBe("one\r\nthree\r\n");
  expect(existsSync(join(into, "gone.txt"))).toBe(false);
  expect(statSync(join(into, "run ü.sh")).mode & 0o111).toBe(0o111);
  expect(lstatSync(join(into, "link")).isSymbolicLink()).toBe(true);
  expect(readlinkSync(join(into, "link"))).toBe("run ü.sh");
});

test("restoreEscrow of an unfinished merge brings the files with their markers", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  const { root, worktree } = session;
  repository.write("readme.txt", "ours\n", worktree);
  repository.commit("ours", worktree);
  repository.write("readme.txt", "theirs\n");
  repository.commit("theirs");
  expect(() => gitIn(worktree, "merge", "--quiet", "main")).toThrow();
  const { ref } = await takeEscrow(session);
  await forget(repository, worktree);
  const { hasIndex } = await restoreEscrow({ root, ref, into: worktree, branch: "ao/shop-1/root" });
  expect(hasIndex).toBe(false);
  expect(readFileSync(join(worktree, "readme.txt"), "utf8")).toContain("<<<<<<< HEAD");
  expect(gitIn(worktree, "status", "--porcelain")).toBe(" M readme.txt");
});

test("restoreEscrow onto a taken branch or path is a conflict and leaves both alone", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  repository.write("new.txt", "new\n", session.worktree);
  const { ref } = await takeEscrow(session);
  const { root, worktree } = session;
  const before = repository.userState();
  const free = join(repository.folder, "free");
  for (const [into, branch] of [
    [free, "main"],
    [worktree, "fresh"],
  ] as const) {
    const attempt = restoreEscrow({ root, ref, into, branch });
    await expect(attempt).rejects.toMatchObject({ code: "conflict" });
  }
  expect(existsSync(free)).toBe(false);
  expect(repository.userState()).toBe(before);
});

test("restoreEscrow that fails in the middle leaves nothing behind", async () => {
  using repository = TestRepository.withCommit();
  repository.write(".gitattributes", "*.locked filter=broken\n");
  repository.commit("filter");
  const session = await withSession(repository);
  repository.write("file.locked", "x\n", session.worktree);
  const { ref } = await takeEscrow(session);
  repository.git("config", "filter.broken.smudge", "false");
  repository.git("config", "filter.broken.required", "true");
  const before = repository.userState();
  const into = join(repository.folder, "back");
  const attempt = restoreEscrow({ root: session.root, ref, into, branch: "back" });
  await expect(attempt).rejects.toMatchObject({ code: "failed" });
  expect(existsSync(into)).toBe(false);
  expect(repository.userState()).toBe(before);
});

test("listEscrow tells session, branch, reason and size, oldest first", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  repository.write("new.txt", "new\n", session.worktree);
  await takeEscrow({ ...session, reason: "killed\nAo-Session: other", base: "abc" });
  const second = await withSession(repository, "shop-10");
  gitIn(second.worktree, "switch", "--quiet", "--detach");
  await takeEscrow(second);
  const [first, other] = await listEscrow(session.root);
  expect(first).toMatchObject({
    ref: "refs/ao/escrow/shop-1/1",
    number: 1,
    session: "shop-1",
    branch: "ao/shop-1/root",
    worktree: session.worktree,
    reason: "killed Ao-Session: other",
    base: "abc",
    files: 1,
    hasIndex: true,
  });
  expect(Math.abs((first?.at ?? 0) - Date.now())).toBeLessThan(10_000);
  expect(other).toMatchObject({ session: "shop-10", files: 0 });
  expect(other).not.toHaveProperty("branch");
  expect(await listEscrow(session.root, "shop-1")).toHaveLength(1);
});

test("showEscrow shows summary and patch, without any program of the repository", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  repository.git("config", "diff.external", "false");
  repository.write("readme.txt", "two\n", session.worktree);
  repository.write("näw.txt", "new\n", session.worktree);
  const { ref } = await takeEscrow(session);
  const text = await showEscrow(session.root, ref);
  expect(text).toContain("2 files changed, 2 insertions(+), 1 deletion(-)");
  expect(text).toContain("-one\n+two\n");
  expect(text).toContain("+++ b/näw.txt");
  expect(await showEscrow(session.root, ref, { hasColor: true })).toContain("\u001b[");
});

test("showEscrow of an unknown escrow is not found, of another ref a usage error", async () => {
  using repository = TestRepository.withCommit();
  const { root } = repository;
  const head = repository.commit("second");
  const codes: [string, string][] = [
    ["refs/ao/escrow/shop-1/1", "not_found"],
    ["main", "usage"],
    ["--output=x", "usage"],
    ["refs/ao/escrow/../../heads/main/1", "usage"],
    [head, "usage"],
  ];
  for (const [ref, code] of codes) {
    await expect(showEscrow(root, ref)).rejects.toMatchObject({ code });
  }
});
