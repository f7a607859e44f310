import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { withRepositoryLock } from "../../src/git/lock.ts";
import { listWorktrees } from "../../src/git/worktree.ts";
import { run } from "../../src/process/run.ts";
import { TestRepository } from "../support/repository.ts";

const place = (repository: TestRepository) => ({
  lockDir: repository.lockDir,
  gitDir: repository.gitDir,
});

test("withRepositoryLock lets two processes add forty work trees to one repository", async () => {
  using repository = TestRepository.withCommit();
  const baseSha = repository.git("rev-parse", "HEAD");
  const script = join(import.meta.dir, "add-worktrees.ts");
  const { root, owned, lockDir } = repository;
  const results = await Promise.all(
    ["one", "two"].map((name) =>
      run([process.execPath, script, root, owned, lockDir, name, "20", baseSha]),
    ),
  );
  expect(results.map((result) => [result.exitCode, result.stderr])).toEqual([
    [0, ""],
    [0, ""],
  ]);
  expect(await listWorktrees(root)).toHaveLength(41);
}, 30_000);

test("withRepositoryLock runs one action at a time, also within one process", async () => {
  using repository = TestRepository.withCommit();
  let inside = 0;
  let most = 0;
  const action = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
  };
  const options = place(repository);
  await Promise.all(Array.from({ length: 25 }, () => withRepositoryLock(options, action)));
  expect(most).toBe(1);
});

test("withRepositoryLock gives the lock back when the action fails", async () => {
  using repository = TestRepository.withCommit();
  const failing = withRepositoryLock(place(repository), () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  expect(await withRepositoryLock(place(repository), async () => "again")).toBe("again");
});

test("withRepositoryLock of a process that was killed goes to one of the waiting", async () => {
  using repository = TestRepository.withCommit();
  const script = join(import.meta.dir, "hold-lock.ts");
  const argv = [script, repository.lockDir, repository.gitDir];
  const holder = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  const early = withRepositoryLock({ ...place(repository), timeoutMs: 50 }, async () => "won");
  await expect(early).rejects.toMatchObject({
    code: "timeout",
    message: expect.stringContaining(`by process ${holder.pid}`),
  });
  const gone = new Promise((resolve) => holder.once("exit", resolve));
  holder.kill("SIGKILL");
  await gone;
  let inside = 0;
  const action = async () => {
    expect(++inside).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
    return "won";
  };
  const options = place(repository);
  const winners = Array.from({ length: 10 }, () => withRepositoryLock(options, action));
  expect(await Promise.all(winners)).toEqual(Array.from({ length: 10 }, () => "won"));
});

test("withRepositoryLock takes over from an owner whose pid is another process", async () => {
  using repository = TestRepository.withCommit();
  await withRepositoryLock(place(repository), async () => undefined);
  const [name = ""] = readdirSync(repository.lockDir);
  const [ticket = ""] = readdirSync(join(repository.lockDir, name));
  writeFileSync(join(repository.lockDir, name, ticket), `${process.pid} 12345`);
  expect(await withRepositoryLock(place(repository), async () => "mine")).toBe("mine");
});

test("withRepositoryLock leaves one ticket behind, however often it was taken", async () => {
  using repository = TestRepository.withCommit();
  const options = place(repository);
  for (let turn = 0; turn < 5; turn++) await withRepositoryLock(options, async () => turn);
  const [name = ""] = readdirSync(repository.lockDir);
  expect(readdirSync(join(repository.lockDir, name))).toEqual(["5"]);
});

test("withRepositoryLock ends waiting when it is interrupted", async () => {
  using repository = TestRepository.withCommit();
  mkdirSync(repository.lockDir, { recursive: true });
  const abort = new AbortController();
  await withRepositoryLock(place(repository), async () => {
    const options = { ...place(repository), signal: abort.signal };
    const waiting = withRepositoryLock(options, async () => "never");
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: "interrupted" });
  });
});
