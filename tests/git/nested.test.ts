import { expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { matchesEscrow } from "../../src/git/escrow-match.ts";
import { takeEscrow } from "../../src/git/escrow.ts";
import { addWorktree } from "../../src/git/worktree.ts";
import { gitIn, TestRepository } from "../support/repository.ts";

async function withSession(repository: TestRepository) {
  const worktree = repository.place("shop-1");
  const baseSha = repository.git("rev-parse", "HEAD");
  const { root } = repository;
  await addWorktree({ root, path: worktree, branch: "ao/shop-1/root", baseSha });
  return { root, worktree, sessionId: "shop-1", reason: "killed" };
}

function nest(worktree: string, path: string): string {
  const folder = join(worktree, path);
  mkdirSync(folder, { recursive: true });
  gitIn(folder, "init", "--quiet");
  return folder;
}

test("takeEscrow with nested repositories, one without a commit, reports both", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  const { worktree } = session;
  nest(worktree, "em pty");
  const full = nest(worktree, "deep/full");
  repository.write("x.txt", "x\n", full);
  repository.commit("nested", full);
  repository.write("x.txt", "changed\n", full);
  repository.write("new.txt", "new\n", worktree);
  const { ref, nested, missed } = await takeEscrow(session);
  expect(missed).toBeUndefined();
  expect(nested).toEqual([
    { path: "deep/full", work: ["uncommitted changes (1)", "commits that are on no remote (1)"] },
    { path: "em pty", work: [] },
  ]);
  expect(repository.git("show", `${ref}:new.txt`)).toBe("new");
  expect(repository.git("ls-tree", "-r", "--name-only", ref)).not.toContain("full");
});

test("matchesEscrow names nested repositories with work, also ignored ones", async () => {
  using repository = TestRepository.withCommit();
  repository.write(".gitignore", "vendor/\n");
  repository.commit("ignore");
  const session = await withSession(repository);
  const { root, worktree } = session;
  const origin = repository.addOrigin();
  mkdirSync(join(worktree, "vendor"));
  gitIn(worktree, "clone", "--quiet", origin, "vendor/clone");
  symlinkSync(repository.folder, join(worktree, "vendor/loop"));
  const { commit } = await takeEscrow(session);
  const question = { root, worktree, commit };
  expect(await matchesEscrow(question)).toEqual({ isSame: true, nested: [] });
  repository.write("draft.txt", "draft\n", join(worktree, "vendor/clone"));
  const [dirty] = (await matchesEscrow(question)).nested;
  expect(dirty).toEqual({ path: "vendor/clone", work: ["uncommitted changes (1)"] });
  repository.commit("not pushed", join(worktree, "vendor/clone"));
  const [ahead] = (await matchesEscrow(question)).nested;
  expect(ahead?.work).toEqual(["commits that are on no remote (1)"]);
  gitIn(join(worktree, "vendor/clone"), "push", "--quiet", "origin", "main");
  expect((await matchesEscrow(question)).nested).toEqual([]);
});

test("matchesEscrow of a nested work tree counts what would be lost", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  const inner = join(session.worktree, "inner");
  repository.git("worktree", "add", "--quiet", inner, "-b", "inner");
  repository.commit("on its branch, which stays", inner);
  const { commit, nested } = await takeEscrow(session);
  expect(nested).toEqual([{ path: "inner", work: [] }]);
  const question = { root: session.root, worktree: session.worktree, commit };
  expect((await matchesEscrow(question)).nested).toEqual([]);
  gitIn(inner, "switch", "--quiet", "--detach");
  repository.commit("on no branch", inner);
  expect((await matchesEscrow(question)).nested).toEqual([
    { path: "inner", work: ["commits that are on no branch (1)"] },
  ]);
});

test("takeEscrow with a submodule reports dirty content and unpublished commits", async () => {
  using repository = TestRepository.withCommit();
  using library = TestRepository.withCommit();
  repository.git("submodule", "--quiet", "add", library.root, "lib");
  repository.commit("with library");
  const session = await withSession(repository);
  const { root, worktree } = session;
  expect((await takeEscrow(session)).nested).toEqual([{ path: "lib", work: [] }]);
  repository.write("stray.txt", "stray\n", join(worktree, "lib"));
  expect((await takeEscrow(session)).nested).toEqual([
    { path: "lib", work: ["files outside any repository"] },
  ]);
  rmSync(join(worktree, "lib/stray.txt"));
  gitIn(worktree, "submodule", "--quiet", "update", "--init");
  expect((await takeEscrow(session)).nested).toEqual([{ path: "lib", work: [] }]);
  repository.write("readme.txt", "changed\n", join(worktree, "lib"));
  const dirty = await takeEscrow(session);
  expect(dirty.nested).toEqual([{ path: "lib", work: ["uncommitted changes (1)"] }]);
  repository.commit("in the library", join(worktree, "lib"));
  const { commit, isClean, nested } = await takeEscrow(session);
  expect(isClean).toBe(false);
  expect(nested[0]?.work).toEqual(["commits that are on no remote (1)"]);
  const match = await matchesEscrow({ root, worktree, commit });
  expect(match.isSame).toBe(true);
  expect(match.nested).toEqual(nested);
});

test("matchesEscrow is false for any later change of files, index or commits", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  const { root, worktree } = session;
  repository.write("readme.txt", "changed\n", worktree);
  const { ref: commit } = await takeEscrow(session);
  const question = { root, worktree, commit };
  const objects = () => repository.git("count-objects");
  const before = objects();
  expect(await matchesEscrow(question)).toEqual({ isSame: true, nested: [] });
  repository.write("new.txt", "new\n", worktree);
  expect(await matchesEscrow(question)).toMatchObject({ isSame: false, difference: "files" });
  expect(objects()).toBe(before);
  gitIn(worktree, "clean", "--quiet", "--force");
  gitIn(worktree, "add", "readme.txt");
  expect(await matchesEscrow(question)).toMatchObject({ isSame: false, difference: "the index" });
  gitIn(worktree, "reset", "--quiet");
  expect((await matchesEscrow(question)).isSame).toBe(true);
  gitIn(worktree, "commit", "--quiet", "--allow-empty", "--message", "later");
  expect((await matchesEscrow(question)).difference).toBe("commits of HEAD");
  gitIn(worktree, "branch", "kept");
  gitIn(worktree, "reset", "--quiet", "--soft", "HEAD~1");
  expect((await matchesEscrow(question)).isSame).toBe(true);
  const match = await matchesEscrow({ ...question, branches: ["kept"] });
  expect(match.difference).toBe("commits of branch kept");
});
