import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { dedent, Machine, slowMs } from "../support/ao.ts";
import { gitIn } from "../support/repository.ts";
import { userState } from "../support/user-state.ts";

setDefaultTimeout(slowMs);

const sleep = "sleep 1000";

test.concurrent("a repository's path may hold spaces, quotes and letters of any kind", async () => {
  const repository = `my "shop" o'clock – 店 $HOME \`x\``;
  await using machine = await Machine.create({ repository });
  const before = userState(machine.repository);
  expect(await machine.ok(["project", "add", "."])).toBe("my-shop-o-clock-home-x");
  const id = await machine.spawn();
  const { worktreePath } = await machine.session(id);
  writeFileSync(join(worktreePath, "nö 'n\"e\nw.txt"), "new\n");
  expect(await machine.ok(["diff", id])).toContain("+new");
  await machine.ok(["session", "kill", id, "--purge"]);
  expect(userState(machine.repository)).toBe(before);
  const { path } = await machine.json<{ path: string }>(["recover", "restore", id]);
  expect(readFileSync(join(path, "nö 'n\"e\nw.txt"), "utf8")).toBe("new\n");
});

test.concurrent("a repository with submodules is worked on, cleaned up and recovered", async () => {
  await using machine = await Machine.create();
  const library = join(machine.folder, "library");
  machine.makeRepository(library);
  const add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
  gitIn(machine.repository, ...add, library, "lib");
  machine.git(machine.repository, "commit", "--quiet", "--message", "add library");
  await machine.ok(["project", "add", "."]);
  const before = userState(machine.repository);
  const id = await machine.spawn(sleep);
  const { worktreePath } = await machine.session(id);
  const update = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init"];
  gitIn(worktreePath, ...update);
  writeFileSync(join(worktreePath, "lib/readme.txt"), "changed in the submodule\n");
  await machine.ok(["session", "kill", id]);
  const refused = await machine.ao(["session", "cleanup", id, "--purge"]);
  expect(refused).toMatchObject({ exitCode: 4, stdout: "" });
  expect(refused.stderr).toStartWith(`error: ${id} kept: repository lib inside`);
  gitIn(join(worktreePath, "lib"), "checkout", "--quiet", "--", ".");
  await machine.ok(["session", "cleanup", id, "--purge"]);
  expect(userState(machine.repository)).toBe(before);
});

test.concurrent(
  "a nested repository does not stop a kill, but a purge that would lose it",
  async () => {
    await using machine = await Machine.withProject();
    const id = await machine.spawn(sleep);
    const { worktreePath } = await machine.session(id);
    writeFileSync(join(worktreePath, "own.txt"), "own\n");
    const nested = join(worktreePath, "nested");
    machine.makeRepository(nested);
    const killed = await machine.ao(["session", "kill", id]);
    expect(killed).toMatchObject({ exitCode: 0, stderr: "" });
    const why = "commits that are on no remote (1)";
    const refused = await machine.ao(["session", "kill", id, "--purge"]);
    expect(machine.block(refused).replaceAll(machine.clean(worktreePath), "<worktree>")).toBe(
      dedent(`
        exit 4
        err | shop-1 had ended before
        err | error: repository nested inside <worktree> holds work of its own: ${why}
        err | hint: push it or move it away: \`cd <worktree>/nested\``),
    );
    expect(existsSync(join(nested, "readme.txt"))).toBe(true);
    rmSync(nested, { recursive: true });
    await machine.ok(["session", "cleanup", id, "--purge"]);
    expect(existsSync(worktreePath)).toBe(false);
  },
);

test.concurrent("a repository with a detached HEAD works", async () => {
  await using machine = await Machine.create();
  gitIn(machine.repository, "checkout", "--quiet", "--detach");
  const before = userState(machine.repository);
  await machine.ok(["project", "add", ".", "--id", "shop"]);
  const id = await machine.spawn(sleep);
  expect(await machine.session(id)).toMatchObject({ branch: "ao/shop-1/root", baseRef: "main" });
  await machine.ok(["session", "kill", id, "--purge"]);
  expect(userState(machine.repository)).toBe(before);
});

test.concurrent("a repository without any branch works", async () => {
  await using machine = await Machine.create();
  const sha = gitIn(machine.repository, "rev-parse", "HEAD");
  gitIn(machine.repository, "checkout", "--quiet", "--detach");
  gitIn(machine.repository, "branch", "--delete", "--force", "--quiet", "main");
  await machine.ok(["project", "add", ".", "--id", "shop"]);
  const id = await machine.spawn(sleep, "--base", sha);
  await machine.ok(["session", "kill", id, "--purge"]);
});

test.concurrent("a branch called ao stands in the way, and is named", async () => {
  await using machine = await Machine.withProject();
  gitIn(machine.repository, "branch", "ao");
  const ended = await machine.ao(["spawn", "--command", sleep]);
  expect(machine.block(ended)).toBe(
    dedent(`
      exit 4
      err | error: branch ao stands in the way of branch ao/shop-1/root
      err | hint: git branch --move ao <name>`),
  );
  const id = await machine.spawn(sleep, "--branch", "work/one");
  expect((await machine.session(id)).branch).toBe("work/one");
  await machine.ok(["session", "kill", id, "--purge"]);
  expect(gitIn(machine.repository, "branch", "--list", "work/one")).toContain("work/one");
});

test.concurrent("spawn with an origin that is gone starts from what is here", async () => {
  await using machine = await Machine.create();
  const url = join(machine.folder, "gone.git");
  gitIn(machine.repository, "remote", "add", "origin", url);
  gitIn(machine.repository, "update-ref", "refs/remotes/origin/main", "HEAD");
  await machine.ok(["project", "add", ".", "--id", "shop"]);
  const ended = await machine.ao(["spawn", "--command", sleep]);
  expect(ended).toMatchObject({ exitCode: 0, stdout: "shop-1\n" });
  expect(ended.stderr).toMatch(
    /^origin could not be reached \(.*\); using origin\/main as it is known here\n/,
  );
});

test.concurrent("a worktree that a person removed is made again by restore", async () => {
  await using machine = await Machine.withProject();
  const id = await machine.spawn(sleep);
  const { worktreePath } = await machine.session(id);
  writeFileSync(join(worktreePath, "kept.txt"), "kept\n");
  machine.git(worktreePath, "add", "--all");
  machine.git(worktreePath, "commit", "--quiet", "--message", "work");
  await machine.ok(["session", "kill", id]);
  rmSync(worktreePath, { recursive: true });
  await machine.ok(["session", "restore", id]);
  expect(readFileSync(join(worktreePath, "kept.txt"), "utf8")).toBe("kept\n");
});
