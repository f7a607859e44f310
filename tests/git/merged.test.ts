import { expect, test } from "bun:test";

import { isMergedByContent } from "../../src/git/merged.ts";
import { TestRepository } from "../support/repository.ts";

/** A branch `side` with two commits, and a main that has gone on. */
function withSide(): TestRepository {
  const repository = TestRepository.withCommit();
  repository.git("switch", "--quiet", "--create", "side");
  repository.write("side.txt", "one\n");
  repository.commit("side one");
  repository.write("side.txt", "one\ntwo\n");
  repository.commit("side two");
  repository.git("switch", "--quiet", "main");
  repository.write("main.txt", "main\n");
  repository.commit("main goes on");
  return repository;
}

const ask = (repository: TestRepository) =>
  isMergedByContent({ root: repository.root, commit: "side", into: "main" });

test("isMergedByContent of a branch that is not merged is false", async () => {
  using repository = withSide();
  expect(await ask(repository)).toBe(false);
});

test("isMergedByContent of a merged branch is true", async () => {
  using repository = withSide();
  repository.git("merge", "--quiet", "--no-edit", "side");
  expect(await ask(repository)).toBe(true);
});

test("isMergedByContent of a rebased branch is true, of half of it false", async () => {
  using repository = withSide();
  repository.git("cherry-pick", "side~1");
  expect(await ask(repository)).toBe(false);
  repository.git("cherry-pick", "side");
  expect(await ask(repository)).toBe(true);
});

test("isMergedByContent of a squashed branch is true, also after later changes", async () => {
  using repository = withSide();
  repository.git("merge", "--quiet", "--squash", "side");
  repository.commit("squashed");
  expect(await ask(repository)).toBe(true);
  repository.write("side.txt", "rewritten\n");
  repository.commit("later");
  expect(await ask(repository)).toBe(true);
});

test("isMergedByContent of a squashed branch that had merged main is true", async () => {
  using repository = withSide();
  repository.git("switch", "--quiet", "side");
  repository.git("merge", "--quiet", "--no-edit", "main");
  repository.git("switch", "--quiet", "main");
  expect(await ask(repository)).toBe(false);
  repository.git("merge", "--quiet", "--squash", "side");
  repository.commit("squashed");
  expect(await ask(repository)).toBe(true);
});

test("isMergedByContent with one more commit after the squash is false", async () => {
  using repository = withSide();
  repository.git("merge", "--quiet", "--squash", "side");
  repository.commit("squashed");
  repository.git("switch", "--quiet", "side");
  repository.write("side.txt", "one\ntwo\nthree\n");
  repository.commit("one more");
  expect(await ask(repository)).toBe(false);
});

test("isMergedByContent without a common commit, or of unknown names, is false", async () => {
  using repository = withSide();
  repository.git("switch", "--quiet", "--orphan", "alone");
  repository.write("alone.txt", "x\n");
  repository.commit("alone");
  const { root } = repository;
  expect(await isMergedByContent({ root, commit: "alone", into: "main" })).toBe(false);
  expect(await isMergedByContent({ root, commit: "nowhere", into: "main" })).toBe(false);
});
