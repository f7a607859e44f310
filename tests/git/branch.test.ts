import { expect, test } from "bun:test";

import { checkBranchName, sessionBranch } from "../../src/domain/branch.ts";
import { deleteBranch } from "../../src/git/branch.ts";
import { addWorktree } from "../../src/git/worktree.ts";
import { TestRepository } from "../support/repository.ts";

test("sessionBranch of a session is its root in its own namespace", () => {
  expect(sessionBranch("shop-2")).toBe("ao/shop-2/root");
  expect(checkBranchName(sessionBranch("shop-2"))).toBe("ao/shop-2/root");
});

const refused = [
  ...[
    "",
    "-x",
    "--force",
    "a b",
    "a\tb",
    "a\nb",
    "a\x7fb",
    "a~b",
    "a^b",
    "a:b",
    "a?b",
    "a*b",
    "a[b",
  ],
  ...[
    "a\\b",
    "a..b",
    "a@{b",
    "@",
    "HEAD",
    "/a",
    "a/",
    "a//b",
    "a.",
    "a.lock",
    "a.lock/b",
    ".a",
    "a/.b",
  ],
  ...["0123456789012345678901234567890123456789"],
];

test.each(refused)("checkBranchName of %j is a usage error", (name) => {
  expect(() => checkBranchName(name)).toThrow(expect.objectContaining({ code: "usage" }));
});

const accepted = [
  "feature",
  "ao/shop-1/root",
  "a@b",
  "über/straße",
  "a'b",
  'a"b',
  "x{y}",
  "v1.2",
  "a-",
];

test("checkBranchName agrees with git about names that are fine", () => {
  using repository = TestRepository.withCommit();
  for (const name of accepted) {
    expect(checkBranchName(name)).toBe(name);
    repository.git("check-ref-format", "--branch", name);
  }
});

test("deleteBranch removes the branch only at the expected commit", async () => {
  using repository = TestRepository.withCommit();
  const { root } = repository;
  const first = repository.git("rev-parse", "HEAD");
  repository.git("branch", "side");
  const second = repository.commit("second");
  const wrong = deleteBranch({ root, branch: "side", expectedSha: second });
  await expect(wrong).rejects.toMatchObject({ code: "conflict" });
  await deleteBranch({ root, branch: "side", expectedSha: first });
  expect(repository.git("branch", "--list", "side")).toBe("");
  await deleteBranch({ root, branch: "side", expectedSha: first });
});

test("deleteBranch of a branch that is checked out is refused", async () => {
  using repository = TestRepository.withCommit();
  const { root } = repository;
  const baseSha = repository.git("rev-parse", "HEAD");
  await addWorktree({ root, path: repository.place("w"), branch: "side", baseSha });
  const deletion = deleteBranch({ root, branch: "side", expectedSha: baseSha });
  await expect(deletion).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("is checked out at"),
  });
});
