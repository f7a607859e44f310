import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { takeEscrow } from "../../src/git/escrow.ts";
import { undoAddWorktree } from "../../src/git/undo.ts";
import { addWorktree, isRegistered } from "../../src/git/worktree.ts";
import { signalGroup } from "../../src/process/run.ts";
import { gitIn, TestRepository } from "../support/repository.ts";
import { waitFor } from "../support/wait.ts";

const branch = "ao/shop-1/root";

function planFor(repository: TestRepository) {
  const baseSha = repository.git("rev-parse", "main");
  const path = repository.place("shop-1");
  return { root: repository.root, path, branch, baseSha, ownedRoot: repository.owned };
}

/** Nothing of the work tree, its branch or its administration is left. */
function expectNothingLeft(repository: TestRepository): void {
  expect(existsSync(repository.place("shop-1"))).toBe(false);
  expect(isRegistered(repository.root, repository.place("shop-1"))).toBe(false);
  const worktrees = join(repository.gitDir, "worktrees");
  expect(existsSync(worktrees) ? readdirSync(worktrees) : []).toEqual([]);
  expect(repository.git("branch", "--list", "ao/*")).toBe("");
}

/** After an undo the same spawn has to work. */
async function expectCleanThenAddable(repository: TestRepository): Promise<void> {
  const plan = planFor(repository);
  await undoAddWorktree(plan);
  expectNothingLeft(repository);
  await undoAddWorktree(plan);
  await addWorktree(plan);
  expect(gitIn(plan.path, "status", "--porcelain")).toBe("");
}

test("undoAddWorktree with nothing made does nothing", async () => {
  using repository = TestRepository.withCommit();
  await expectCleanThenAddable(repository);
});

test("undoAddWorktree of a complete work tree removes it with its branch", async () => {
  using repository = TestRepository.withCommit();
  await addWorktree(planFor(repository));
  await expectCleanThenAddable(repository);
});

test("undoAddWorktree after a kill at any moment leaves nothing", async () => {
  using repository = TestRepository.withCommit();
  for (let file = 0; file < 300; file++)
    repository.write(`many/${file}.txt`, `${file}\n`.repeat(200));
  repository.commit("many files");
  const plan = planFor(repository);
  for (let delayMs = 0; delayMs < 24; delayMs += 1.5) {
    const killed = addWorktree({
      ...plan,
      onStart: ({ pid }) => void setTimeout(() => signalGroup(pid, "SIGKILL"), delayMs % 12),
    });
    await killed.catch((error: unknown) => expect(error).toMatchObject({ code: "failed" }));
    await undoAddWorktree(plan);
    expectNothingLeft(repository);
  }
  await addWorktree(plan);
});

test("undoAddWorktree after a kill in the middle of the checkout leaves nothing", async () => {
  using repository = TestRepository.withCommit();
  const gate = join(repository.folder, "gate");
  const smudge = `touch '${gate}-reached'; while [ ! -e '${gate}' ]; do sleep 0.01; done; cat`;
  repository.write(".gitattributes", "slow.txt filter=slow\n");
  repository.write("slow.txt", "slow\n");
  repository.write("zz.txt", "last\n");
  repository.commit("slow");
  repository.git("config", "filter.slow.smudge", smudge);
  const plan = planFor(repository);
  const children: number[] = [];
  const adding = addWorktree({ ...plan, onStart: ({ pid }) => void children.push(pid) });
  await waitFor(() => existsSync(`${gate}-reached`));
  for (const pid of children.slice(-1)) signalGroup(pid, "SIGKILL");
  await expect(adding).rejects.toMatchObject({ code: "failed" });
  writeFileSync(gate, "");
  expect(existsSync(join(plan.path, "readme.txt"))).toBe(true);
  expect(existsSync(join(plan.path, "zz.txt"))).toBe(false);
  await expectCleanThenAddable(repository);
});

/** Puts a complete work tree back into a state that a kill leaves. */
const halfStates: [string, (repository: TestRepository, admin: string, path: string) => void][] = [
  [
    "only the branch",
    (_, admin, path) => {
      rmSync(path, { recursive: true });
      rmSync(admin, { recursive: true });
    },
  ],
  [
    "a branch and its lock",
    (repository, admin, path) => {
      rmSync(path, { recursive: true });
      rmSync(admin, { recursive: true });
      writeFileSync(join(repository.gitDir, `refs/heads/${branch}.lock`), "");
    },
  ],
  [
    "administration with the lock alone",
    (_, admin, path) => {
      rmSync(path, { recursive: true });
      for (const name of readdirSync(admin)) rmSync(join(admin, name), { recursive: true });
      writeFileSync(join(admin, "locked"), "initializing");
    },
  ],
  [
    "administration with an empty link",
    (_, admin, path) => {
      for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true });
      for (const name of readdirSync(admin)) rmSync(join(admin, name), { recursive: true });
      writeFileSync(join(admin, "locked"), "initializing");
      writeFileSync(join(admin, "gitdir"), "");
    },
  ],
  [
    "a directory without its link",
    (_, admin, path) => {
      for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true });
      rmSync(join(admin, "HEAD"));
      rmSync(join(admin, "commondir"));
      writeFileSync(join(admin, "locked"), "initializing");
    },
  ],
  [
    "an empty link",
    (_, admin, path) => {
      truncateSync(join(path, ".git"));
      writeFileSync(join(admin, "locked"), "initializing");
    },
  ],
  [
    "half of the files, one of them cut",
    (_, admin, path) => {
      rmSync(join(path, "readme.txt"));
      truncateSync(join(path, "src/code.txt"), 8);
      rmSync(join(admin, "index"));
      writeFileSync(join(admin, "index.lock"), "");
      writeFileSync(join(admin, "locked"), "initializing");
    },
  ],
  [
    "a registration whose directory is gone",
    (_, __, path) => {
      rmSync(path, { recursive: true });
    },
  ],
  [
    "a directory alone",
    (repository, admin, path) => {
      for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true });
      rmSync(admin, { recursive: true });
      repository.git("branch", "--quiet", "-D", branch);
    },
  ],
];

test.each(halfStates)("undoAddWorktree of %s leaves nothing", async (_, damage) => {
  using repository = TestRepository.withCommit();
  const plan = planFor(repository);
  await addWorktree(plan);
  damage(repository, join(repository.gitDir, "worktrees/shop-1"), plan.path);
  await expectCleanThenAddable(repository);
});

test("undoAddWorktree of a half-made work tree with a foreign file is refused", async () => {
  using repository = TestRepository.withCommit();
  const plan = planFor(repository);
  await addWorktree(plan);
  writeFileSync(join(repository.gitDir, "worktrees/shop-1/locked"), "initializing");
  repository.write("note.txt", "mine\n", plan.path);
  await expect(undoAddWorktree(plan)).rejects.toMatchObject({ code: "conflict" });
  rmSync(join(plan.path, "note.txt"));
  repository.write("readme.txt", "two\n", plan.path);
  await expect(undoAddWorktree(plan)).rejects.toMatchObject({ code: "conflict" });
  expect(existsSync(join(plan.path, "readme.txt"))).toBe(true);
});

test("undoAddWorktree with changes is refused until an escrow has them", async () => {
  using repository = TestRepository.withCommit();
  const plan = planFor(repository);
  await addWorktree(plan);
  repository.commit("work", plan.path);
  repository.write("new.txt", "new\n", plan.path);
  await expect(undoAddWorktree(plan)).rejects.toMatchObject({ code: "conflict" });
  const place = { root: plan.root, worktree: plan.path, sessionId: "shop-1" };
  const { ref } = await takeEscrow({ ...place, reason: "spawn failed" });
  await undoAddWorktree({ ...plan, escrow: ref });
  expectNothingLeft(repository);
  expect(repository.git("show", `${ref}:new.txt`)).toBe("new");
});

test("undoAddWorktree of a work tree with a hidden repository is refused", async () => {
  using repository = TestRepository.withCommit();
  repository.write(".gitignore", "vendor/\n");
  repository.commit("ignore");
  const plan = planFor(repository);
  await addWorktree(plan);
  mkdirSync(join(plan.path, "vendor/clone"), { recursive: true });
  gitIn(join(plan.path, "vendor/clone"), "init", "--quiet");
  repository.commit("nowhere else", join(plan.path, "vendor/clone"));
  await expect(undoAddWorktree(plan)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("vendor/clone has commits that are on no remote (1)"),
  });
});

test("undoAddWorktree leaves a branch alone that it did not make", async () => {
  using repository = TestRepository.withCommit();
  repository.git("branch", branch);
  await expect(addWorktree(planFor(repository))).rejects.toMatchObject({ code: "conflict" });
  await undoAddWorktree(planFor(repository));
  expect(repository.git("branch", "--list", branch)).toContain(branch);
});

test("undoAddWorktree never deletes a directory that git does not know", async () => {
  using repository = TestRepository.withCommit();
  repository.write("mine.txt", "mine\n", repository.place("shop-1"));
  await expect(undoAddWorktree(planFor(repository))).rejects.toMatchObject({ code: "conflict" });
  const outside = { ...planFor(repository), path: join(repository.folder, "elsewhere") };
  await expect(undoAddWorktree(outside)).rejects.toMatchObject({ code: "conflict" });
  expect(existsSync(join(repository.place("shop-1"), "mine.txt"))).toBe(true);
});
