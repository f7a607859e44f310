import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { gitDirOf } from "../../src/git/layout.ts";
import {
  type CheckoutPlan,
  enterBranch,
  leaveBranch,
  makeBranch,
  planCheckout,
  unmakeBranch,
} from "../../src/git/pr-branch.ts";
import { pushToUpstream } from "../../src/git/push-config.ts";
import { siblingAddress } from "../../src/git/remote.ts";
import { gitIn, TestRepository } from "../support/repository.ts";

const branch = "ao/shop-1/pr-7";

/** A work tree on one commit, and a plan to put it on another that changes, adds and removes. */
async function scene() {
  const repository = TestRepository.withCommit();
  const { root } = repository;
  const worktree = repository.place("shop-1");
  repository.git("worktree", "add", "--quiet", "-b", "ao/shop-1/root", worktree, "main");
  repository.write("readme.txt", "another text\n");
  repository.write("new.txt", "new\n");
  rmSync(join(root, "src/code.txt"));
  const headSha = repository.commit("work");
  const place = { root, worktree };
  const plan = await planCheckout(place, { branch, headSha });
  await makeBranch(root, plan);
  const state = () => [
    gitIn(worktree, "rev-parse", "--abbrev-ref", "HEAD"),
    gitIn(worktree, "status", "--porcelain"),
  ];
  const back = async () => {
    const reason = await leaveBranch(place, plan);
    await unmakeBranch(root, plan);
    return reason;
  };
  const write = (path: string, text: string) => writeFileSync(join(worktree, path), text);
  return {
    ...{ repository, root, worktree, place, plan, state, back, write },
    [Symbol.dispose]: () => repository[Symbol.dispose](),
  };
}

test("a switch that was killed among its files is taken back", async () => {
  using one = await scene();
  one.write("readme.txt", "anoth");
  one.write("new.txt", "new\n");
  rmSync(join(one.worktree, "src/code.txt"));
  writeFileSync(join(gitDirOf(one.worktree), "index.lock"), "");
  expect(await one.back()).toBeUndefined();
  expect(one.state()).toEqual(["ao/shop-1/root", ""]);
  expect(one.repository.git("branch", "--list", branch)).toBe("");
});

test("a switch that was killed before its last write is taken back", async () => {
  using one = await scene();
  gitIn(one.worktree, "read-tree", "-m", "-u", one.plan.before.sha, one.plan.to);
  expect(await one.back()).toBeUndefined();
  expect(one.state()).toEqual(["ao/shop-1/root", ""]);
});

test("a switch that was killed stays where somebody has changed a file since", async () => {
  using one = await scene();
  one.write("new.txt", "new\n");
  one.write("readme.txt", "mine\n");
  expect(await one.back()).toBe("somebody has changed readme.txt");
  expect(readFileSync(join(one.worktree, "readme.txt"), "utf8")).toBe("mine\n");
  expect(existsSync(join(one.worktree, "new.txt"))).toBe(true);
});

test("taking back a whole switch keeps a commit that was made since, and its branch", async () => {
  using one = await scene();
  await enterBranch(one.place, one.plan);
  expect(one.state()).toEqual([branch, ""]);
  const sha = one.repository.commit("mine", one.worktree);
  expect(await one.back()).toBeUndefined();
  expect(one.state()).toEqual(["ao/shop-1/root", ""]);
  expect(one.repository.git("rev-parse", branch)).toBe(sha);
});

test("taking back a whole switch stays where that would overwrite work", async () => {
  using one = await scene();
  await enterBranch(one.place, one.plan);
  one.write("readme.txt", "mine\n");
  expect(await one.back()).toContain("would be overwritten");
  expect(one.state()).toEqual([branch, " M readme.txt"]);
});

test("a branch that moves under the work tree on it is taken back with its files", async () => {
  using one = await scene();
  await enterBranch(one.place, one.plan);
  one.repository.write("later.txt", "later\n");
  const headSha = one.repository.commit("later");
  const plan: CheckoutPlan = await planCheckout(one.place, { branch, headSha });
  expect(plan).toMatchObject({ from: one.plan.to, to: headSha });
  await makeBranch(one.root, plan);
  await enterBranch(one.place, plan);
  expect(gitIn(one.worktree, "rev-parse", "HEAD")).toBe(headSha);
  for (let times = 2; times > 0; times -= 1) {
    expect(await leaveBranch(one.place, plan)).toBeUndefined();
    await unmakeBranch(one.root, plan);
    expect(gitIn(one.worktree, "rev-parse", "HEAD")).toBe(one.plan.to);
  }
  expect(one.state()).toEqual([branch, ""]);
});

test("a branch that another work tree stands on is refused", async () => {
  using one = await scene();
  one.repository.git("worktree", "add", "--quiet", one.repository.place("other"), branch);
  const again = planCheckout(one.place, { branch, headSha: one.plan.to });
  await expect(again).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining(`branch ${branch} is checked out at`),
  });
});

test("a push goes to the upstream on a claimed branch only, however often it is set", async () => {
  using one = await scene();
  const file = join(one.repository.folder, "push.gitconfig");
  const options = { branches: "ao/shop-1/pr-*", file };
  const env = pushToUpstream({ ...options, env: { GIT_CONFIG_COUNT: "1" } });
  expect(env).toMatchObject({ GIT_CONFIG_COUNT: "2", GIT_CONFIG_VALUE_1: file });
  expect(pushToUpstream({ ...options, env })).toEqual({});
  const set = ["-c", `includeIf.onbranch:${options.branches}.path=${file}`];
  const asked = () => gitIn(one.worktree, ...set, "config", "--default", "none", "push.default");
  expect(asked()).toBe("none");
  await enterBranch(one.place, one.plan);
  expect(asked()).toBe("upstream");
});

const addresses: [string, string | undefined][] = [
  ["https://github.com/acme/shop.git", "https://github.com/ana/shop.git"],
  ["https://me:secret@ghe.example:8443/acme/shop", "https://ghe.example:8443/ana/shop"],
  ["git@github.com:acme/shop.git", "git@github.com:ana/shop.git"],
  ["ssh://git@github.com/acme/shop/", "ssh://git@github.com/ana/shop"],
  ["", undefined],
];

test.each(addresses)("the address of a fork has the form of %s", (url, expected) => {
  expect(siblingAddress(url, "ana/shop")).toBe(expected);
});
