import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import {
  addWorktree,
  checkoutWorktree,
  headOf,
  isRegistered,
  listWorktrees,
  removeWorktree,
} from "../../src/git/worktree.ts";
import type { ProcessIdentity } from "../../src/process/identity.ts";
import { gitIn, TestRepository } from "../support/repository.ts";

/** A work tree at `place(name)` on `ao/<name>/root`. */
async function add(repository: TestRepository, name: string): Promise<string> {
  const path = repository.place(name);
  const baseSha = repository.git("rev-parse", "HEAD");
  await addWorktree({ root: repository.root, path, branch: `ao/${name}/root`, baseSha });
  return path;
}

function addTo(repository: TestRepository, name: string, branch: string): Promise<void> {
  const baseSha = repository.git("rev-parse", "HEAD");
  return addWorktree({ root: repository.root, path: repository.place(name), branch, baseSha });
}

test("addWorktree makes branch and files, tracks nothing and names its children", async () => {
  using repository = TestRepository.withCommit();
  repository.addOrigin();
  repository.git("config", "branch.autoSetupMerge", "always");
  const path = repository.place("shop-1");
  const sha = repository.git("rev-parse", "origin/main");
  const children: ProcessIdentity[] = [];
  const onStart = (child: ProcessIdentity) => void children.push(child);
  const options = { root: repository.root, path, branch: "ao/shop-1/root", baseSha: sha, onStart };
  await addWorktree(options);
  expect(readFileSync(join(path, "readme.txt"), "utf8")).toBe("one\n");
  expect(await headOf(path)).toEqual({ sha, branch: "ao/shop-1/root", isDirty: false });
  expect(repository.git("config", "--local", "--list")).not.toContain("branch.ao/");
  expect(children).toHaveLength(2);
});

test("addWorktree on a branch that exists is a conflict and leaves it alone", async () => {
  using repository = TestRepository.withCommit();
  repository.git("branch", "taken");
  const before = repository.userState();
  await expect(addTo(repository, "w", "taken")).rejects.toMatchObject({
    code: "conflict",
    message: "branch taken exists already",
  });
  expect(repository.userState()).toBe(before);
  expect(existsSync(repository.place("w"))).toBe(false);
});

test("addWorktree under or above a branch that exists is a conflict that names it", async () => {
  using repository = TestRepository.withCommit();
  repository.git("branch", "ao");
  await expect(addTo(repository, "w", "ao/shop-1/root")).rejects.toMatchObject({
    code: "conflict",
    message: "branch ao stands in the way of branch ao/shop-1/root",
  });
  repository.git("branch", "deep/er/branch");
  await expect(addTo(repository, "w", "deep/er")).rejects.toMatchObject({
    code: "conflict",
    message: "branch deep/er/branch stands in the way of branch deep/er",
  });
});

test("addWorktree on a path with files is a conflict and takes its branch back", async () => {
  using repository = TestRepository.withCommit();
  repository.write("mine.txt", "mine\n", repository.place("w"));
  await expect(addTo(repository, "w", "side")).rejects.toMatchObject({ code: "conflict" });
  expect(readFileSync(join(repository.place("w"), "mine.txt"), "utf8")).toBe("mine\n");
  expect(repository.git("branch", "--list", "side")).toBe("");
});

test("addWorktree of a repository with a submodule leaves that uninitialized", async () => {
  using repository = TestRepository.withCommit();
  using library = TestRepository.withCommit();
  repository.git("submodule", "--quiet", "add", library.root, "lib");
  repository.commit("with library");
  repository.git("config", "submodule.recurse", "true");
  const path = await add(repository, "shop-1");
  expect((await headOf(path)).isDirty).toBe(false);
  expect(existsSync(join(path, "lib"))).toBe(true);
  expect(existsSync(join(path, "lib/readme.txt"))).toBe(false);
});

test("headOf tells staged, unstaged and untracked changes, and a detached HEAD", async () => {
  using repository = TestRepository.withCommit();
  const path = await add(repository, "shop-1");
  repository.write("new.txt", "new\n", path);
  expect((await headOf(path)).isDirty).toBe(true);
  gitIn(path, "add", "new.txt");
  expect((await headOf(path)).isDirty).toBe(true);
  const sha = repository.commit("more", path);
  gitIn(path, "checkout", "--quiet", "--detach");
  expect(await headOf(path)).toEqual({ sha, isDirty: false });
});

test("headOf a directory without its link does not answer for another repository", async () => {
  using repository = TestRepository.withCommit();
  await expect(headOf(join(repository.root, "src"))).rejects.toMatchObject({ code: "not_found" });
});

test("listWorktrees tells main, linked, locked and missing ones", async () => {
  using repository = TestRepository.withCommit();
  const path = await add(repository, "shop-1");
  const gone = await add(repository, "shop-2");
  repository.git("worktree", "lock", path, "--reason", "on a stick");
  rmSync(gone, { recursive: true });
  const sha = repository.git("rev-parse", "HEAD");
  const [locked, missing] = [
    { path, sha, branch: "ao/shop-1/root", isLocked: true, isMissing: false },
    { path: gone, sha, branch: "ao/shop-2/root", isLocked: false, isMissing: true },
  ];
  const main = { path: repository.root, sha, branch: "main", isLocked: false, isMissing: false };
  expect(await listWorktrees(repository.root)).toEqual([main, locked, missing]);
});

test("checkoutWorktree brings back a directory that is gone and prunes no other", async () => {
  using repository = TestRepository.withCommit();
  const path = await add(repository, "shop-1");
  const other = await add(repository, "shop-2");
  const sha = repository.commit("work", path);
  rmSync(path, { recursive: true });
  rmSync(other, { recursive: true });
  const branch = "ao/shop-1/root";
  await checkoutWorktree({ root: repository.root, path, branch });
  expect(await headOf(path)).toEqual({ sha, branch, isDirty: false });
  expect(isRegistered(repository.root, other)).toBe(true);
});

test("checkoutWorktree fills a directory that was emptied", async () => {
  using repository = TestRepository.withCommit();
  const path = await add(repository, "shop-1");
  for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true });
  await checkoutWorktree({ root: repository.root, path, branch: "ao/shop-1/root" });
  expect((await headOf(path)).isDirty).toBe(false);
});

test("checkoutWorktree leaves a complete work tree with its changes as it is", async () => {
  using repository = TestRepository.withCommit();
  const path = await add(repository, "shop-1");
  repository.write("readme.txt", "changed\n", path);
  rmSync(join(path, ".git"));
  await checkoutWorktree({ root: repository.root, path, branch: "ao/shop-1/root" });
  expect(readFileSync(join(path, "readme.txt"), "utf8")).toBe("changed\n");
  expect((await headOf(path)).branch).toBe("ao/shop-1/root");
});

test("checkoutWorktree refuses a taken path, a branch in use and an unknown branch", async () => {
  using repository = TestRepository.withCommit();
  const { root } = repository;
  await add(repository, "shop-1");
  repository.git("branch", "side");
  repository.write("file", "x", repository.place("taken"));
  const attempts: [string, string, string][] = [
    ["taken", "side", "conflict"],
    ["free", "ao/shop-1/root", "conflict"],
    ["free", "nowhere", "not_found"],
  ];
  for (const [name, branch, code] of attempts) {
    const attempt = checkoutWorktree({ root, path: repository.place(name), branch });
    await expect(attempt).rejects.toMatchObject({ code });
  }
});

test("removeWorktree keeps changes without force and takes them with it", async () => {
  using repository = TestRepository.withCommit();
  const path = await add(repository, "shop-1");
  repository.write("new.txt", "new\n", path);
  const place = { root: repository.root, path, ownedRoot: repository.owned };
  await expect(removeWorktree(place)).rejects.toMatchObject({ code: "conflict" });
  expect(existsSync(join(path, "new.txt"))).toBe(true);
  await removeWorktree({ ...place, isForced: true });
  expect(existsSync(path)).toBe(false);
  expect(isRegistered(repository.root, path)).toBe(false);
  await removeWorktree({ ...place, isForced: true });
});

test("removeWorktree that was cut off is finished", async () => {
  using repository = TestRepository.withCommit();
  const path = await add(repository, "shop-1");
  rmSync(join(path, ".git"));
  rmSync(join(path, "src"), { recursive: true });
  await removeWorktree({
    root: repository.root,
    path,
    ownedRoot: repository.owned,
    isForced: true,
  });
  expect(existsSync(path)).toBe(false);
});

test("removeWorktree never deletes what is unregistered, outside, or the main one", async () => {
  using repository = TestRepository.withCommit();
  const { root, owned } = repository;
  repository.write("file", "x", repository.place("stranger"));
  const outside = join(repository.folder, "outside");
  repository.git("worktree", "add", "--quiet", outside, "-b", "side");
  const link = repository.place("link");
  symlinkSync(outside, link);
  for (const path of [repository.place("stranger"), outside, link, owned, root]) {
    const removal = removeWorktree({ root, path, ownedRoot: owned, isForced: true });
    await expect(removal).rejects.toMatchObject({ code: "conflict" });
    expect(existsSync(path)).toBe(true);
  }
});
