import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { excludeEnvironment, worktreeExcludes } from "../../src/git/exclude.ts";
import { headOf } from "../../src/git/worktree.ts";
import { TestRepository } from "../support/repository.ts";

test("worktreeExcludes hides its patterns and those of the person, and edits nothing", async () => {
  using repository = TestRepository.withCommit();
  const global = join(repository.folder, "my ignore");
  repository.write("my ignore", "*.mine", repository.folder);
  repository.git("config", "core.excludesFile", global);
  const before = [repository.userState(), readFileSync(join(repository.gitDir, "info/exclude"))];
  const file = join(repository.folder, "sessions/shop-1/exclude");
  const env = await worktreeExcludes({ root: repository.root, patterns: ["/.agent/"], file });
  repository.write(".agent/hooks.json", "{}");
  repository.write("a.mine", "x");
  expect((await headOf(repository.root, { env })).isDirty).toBe(false);
  expect((await headOf(repository.root)).isDirty).toBe(true);
  repository.write("other.txt", "x");
  expect((await headOf(repository.root, { env })).isDirty).toBe(true);
  const after = [repository.userState(), readFileSync(join(repository.gitDir, "info/exclude"))];
  expect(after).toEqual(before);
});

test("worktreeExcludes without a setting reads where git would look", async () => {
  using repository = TestRepository.withCommit();
  repository.write("git/ignore", "*.home\n", repository.folder);
  const file = join(repository.folder, "exclude");
  const env = { XDG_CONFIG_HOME: repository.folder };
  await worktreeExcludes({ root: repository.root, patterns: ["/x"], file, env });
  expect(readFileSync(file, "utf8")).toBe("*.home\n/x\n");
});

test("excludeEnvironment adds to the entries that are there, and only once", () => {
  const inherited = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "a.b", GIT_CONFIG_VALUE_0: "c" };
  const once = excludeEnvironment("/x", inherited);
  expect(once).toEqual({
    GIT_CONFIG_COUNT: "2",
    GIT_CONFIG_KEY_1: "core.excludesFile",
    GIT_CONFIG_VALUE_1: "/x",
  });
  expect(excludeEnvironment("/x", { ...inherited, ...once })).toEqual(once);
});
