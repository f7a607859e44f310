import { expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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

/** The index file, HEAD and status of a work tree, which an escrow must leave alone. */
function stateOf(repository: TestRepository, worktree: string): unknown[] {
  const gitDir = gitIn(worktree, "rev-parse", "--absolute-git-dir");
  const status = gitIn(worktree, "--no-optional-locks", "status", "--porcelain");
  return [readFileSync(join(gitDir, "index")), status, repository.userState()];
}

test("takeEscrow keeps all that was changed and touches nothing", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  const { worktree } = session;
  repository.write("readme.txt", "staged\n", worktree);
  gitIn(worktree, "add", "readme.txt");
  repository.write("readme.txt", "changed after that\n", worktree);
  rmSync(join(worktree, "src/code.txt"));
  repository.write("näw file.txt", "untracked\n", worktree);
  const hook = join(repository.gitDir, "hooks/reference-transaction");
  writeFileSync(hook, `#!/bin/sh\ntouch '${repository.folder}/hook ran'\n`);
  chmodSync(hook, 0o755);
  const before = stateOf(repository, worktree);
  rmSync(join(repository.folder, "hook ran"), { force: true });
  const escrow = await takeEscrow(session);
  expect(existsSync(join(repository.folder, "hook ran"))).toBe(false);
  expect(stateOf(repository, worktree)).toEqual(before);
  const { ref, nested } = escrow;
  expect({ ...escrow, commit: "" }).toEqual({
    ref: "refs/ao/escrow/shop-1/1",
    number: 1,
    commit: "",
    isClean: false,
    hasIndex: true,
    nested,
  });
  expect(repository.git("show", `${ref}:readme.txt`)).toBe("changed after that");
  expect(repository.git("show", `${ref}^2:readme.txt`)).toBe("staged");
  expect(repository.git("show", `${ref}:näw file.txt`)).toBe("untracked");
  expect(repository.git("ls-tree", "--name-only", `${ref}:`).split("\n")).not.toContain("src");
  expect(repository.git("rev-parse", `${ref}^1`)).toBe(repository.git("rev-parse", "main"));
});

test("takeEscrow of an unchanged work tree is clean and is kept once", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  const first = await takeEscrow(session);
  expect(first).toMatchObject({ isClean: true, number: 1 });
  expect(await takeEscrow(session)).toEqual(first);
  repository.write("new.txt", "new\n", session.worktree);
  expect(await takeEscrow(session)).toMatchObject({ isClean: false, number: 2 });
});

test("takeEscrow by five at once gives each its own number or the same escrow", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  const escrows = await Promise.all(Array.from({ length: 5 }, () => takeEscrow(session)));
  for (const { ref, commit } of escrows) expect(repository.git("rev-parse", ref)).toBe(commit);
});

test("takeEscrow in the middle of a merge keeps the files and the other side", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  const { worktree } = session;
  repository.write("readme.txt", "ours\n", worktree);
  repository.commit("ours", worktree);
  gitIn(worktree, "switch", "--quiet", "--detach", "main");
  repository.write("readme.txt", "theirs\n", worktree);
  const theirs = repository.commit("theirs", worktree);
  gitIn(worktree, "switch", "--quiet", "ao/shop-1/root");
  expect(() => gitIn(worktree, "merge", "--quiet", theirs)).toThrow();
  repository.write("new.txt", "new\n", worktree);
  const before = stateOf(repository, worktree);
  const { ref, hasIndex } = await takeEscrow(session);
  expect(stateOf(repository, worktree)).toEqual(before);
  expect(hasIndex).toBe(false);
  expect(repository.git("show", `${ref}:readme.txt`)).toContain("<<<<<<< HEAD");
  expect(repository.git("show", `${ref}:new.txt`)).toBe("new");
  expect(repository.git("rev-parse", `${ref}^2`)).toBe(theirs);
});

test("takeEscrow in the middle of a rebase keeps the commits of the branch", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  const { worktree } = session;
  repository.write("readme.txt", "ours\n", worktree);
  const ours = repository.commit("ours", worktree);
  repository.write("readme.txt", "main\n");
  repository.commit("main goes on");
  expect(() => gitIn(worktree, "rebase", "--quiet", "main")).toThrow();
  const { ref, hasIndex } = await takeEscrow(session);
  expect(hasIndex).toBe(false);
  repository.git("merge-base", "--is-ancestor", ours, ref);
});

test("takeEscrow with a detached HEAD keeps the branches of the session too", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  const work = repository.commit("work", session.worktree);
  gitIn(session.worktree, "branch", "mine");
  gitIn(session.worktree, "switch", "--quiet", "--detach", "main");
  const { ref } = await takeEscrow({ ...session, branches: ["mine"] });
  repository.git("merge-base", "--is-ancestor", work, ref);
});

test("takeEscrow on a branch without a commit keeps the files", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  gitIn(session.worktree, "switch", "--quiet", "--orphan", "fresh");
  repository.write("new.txt", "new\n", session.worktree);
  const { ref } = await takeEscrow(session);
  expect(repository.git("show", `${ref}:new.txt`)).toBe("new");
});

test("takeEscrow keeps links, executable files, line ends and filtered files", async () => {
  using repository = TestRepository.withCommit();
  repository.write(".gitattributes", "*.up filter=up\n*.dos text eol=crlf\n");
  repository.git("config", "filter.up.clean", "tr a-z A-Z");
  repository.git("config", "filter.up.smudge", "tr A-Z a-z");
  repository.commit("filters");
  const session = await withSession(repository);
  const { worktree } = session;
  symlinkSync("../outside", join(worktree, "link"));
  repository.write("run.sh", "#!/bin/sh\n", worktree);
  chmodSync(join(worktree, "run.sh"), 0o755);
  repository.write("raw.txt", "one\r\ntwo\r\n", worktree);
  repository.write("text.dos", "one\r\ntwo\r\n", worktree);
  repository.write("file.up", "abc\n", worktree);
  const { ref } = await takeEscrow(session);
  const tree = repository.git("ls-tree", ref);
  expect(tree).toMatch(/^120000 blob \w+\tlink$/m);
  expect(tree).toMatch(/^100755 blob \w+\trun.sh$/m);
  expect(repository.git("show", `${ref}:raw.txt`)).toBe("one\r\ntwo\r");
  expect(repository.git("show", `${ref}:text.dos`)).toBe("one\ntwo");
  expect(repository.git("show", `${ref}:file.up`)).toBe("ABC");
});

test("takeEscrow sees what assume-unchanged and sparse checkouts hide", async () => {
  using repository = TestRepository.withCommit();
  repository.write("docs/deep/page.txt", "page\n");
  repository.commit("docs");
  const session = await withSession(repository);
  const { worktree } = session;
  gitIn(worktree, "sparse-checkout", "set", "src");
  gitIn(worktree, "update-index", "--assume-unchanged", "src/code.txt");
  repository.write("src/code.txt", "hidden change\n", worktree);
  repository.write("docs/new.txt", "outside of the cone\n", worktree);
  const { ref } = await takeEscrow(session);
  expect(repository.git("show", `${ref}:src/code.txt`)).toBe("hidden change");
  expect(repository.git("show", `${ref}:docs/new.txt`)).toBe("outside of the cone");
  expect(repository.git("show", `${ref}:docs/deep/page.txt`)).toBe("page");
});

test("takeEscrow with a split index leaves no file in the git directory", async () => {
  using repository = TestRepository.withCommit();
  repository.git("config", "core.splitIndex", "true");
  repository.git("config", "core.untrackedCache", "true");
  const session = await withSession(repository);
  const { worktree } = session;
  repository.write("readme.txt", "changed\n", worktree);
  gitIn(worktree, "status");
  const list = () => repository.git("ls-files", "-o", "--directory", ".git/worktrees/shop-1");
  const before = [stateOf(repository, worktree), list()];
  const { ref } = await takeEscrow(session);
  expect([stateOf(repository, worktree), list()]).toEqual(before);
  expect(repository.git("show", `${ref}:readme.txt`)).toBe("changed");
});

test("takeEscrow right after a change within the index's own second sees it", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  for (let turn = 0; turn < 5; turn++) {
    const content = `${turn}${turn}${turn}\n`;
    repository.write("readme.txt", "xxx\n", session.worktree);
    gitIn(session.worktree, "add", "readme.txt");
    repository.write("readme.txt", content, session.worktree);
    const { ref } = await takeEscrow(session);
    expect(repository.git("show", `${ref}:readme.txt`)).toBe(content.trim());
  }
});

test("takeEscrow respects extra excludes and a session id that is no name is refused", async () => {
  using repository = TestRepository.withCommit();
  const session = await withSession(repository);
  repository.write("exclude", "/.agent\n", repository.folder);
  repository.write(".agent/x", "x", session.worktree);
  const env = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "core.excludesFile",
    GIT_CONFIG_VALUE_0: join(repository.folder, "exclude"),
  };
  expect((await takeEscrow({ ...session, env })).isClean).toBe(true);
  for (const sessionId of ["", "a/b", "..", "a..b", "x.lock", "-x y"]) {
    const attempt = takeEscrow({ ...session, sessionId });
    await expect(attempt).rejects.toMatchObject({ code: "usage" });
  }
});
