import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { openPull, type OpenRequest } from "../../src/engine/github/open-pull.ts";
import { observePull } from "../../src/engine/github/record-pull.ts";
import { gitIn } from "../support/repository.ts";
import { createSession } from "../support/store.ts";
import { Desk } from "./desk.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(60_000);

/** A session with a real worktree, and a bare repository as its origin. */
function workplace(given: { issue?: string } = {}) {
  const desk = new Desk({}, true);
  const { repository } = desk;
  const origin = repository.addOrigin();
  desk.project();
  const worktree = repository.place("shop-1");
  repository.git("worktree", "add", "--quiet", "-b", "ao/shop-1/root", worktree);
  const baseSha = repository.git("rev-parse", "HEAD");
  const own = {
    worktreePath: worktree,
    baseSha,
    baseRef: "origin/main",
    title: "Outbox",
    ...given,
  };
  desk.store.write((tx) => createSession(tx, "shop", own));
  const commit = (...message: string[]) => {
    repository.write("work.txt", message.join(), worktree);
    return repository.commit(message.join("\n\n"), worktree);
  };
  const open = (request: Partial<OpenRequest> = {}) =>
    openPull(desk.engine, { sessionId: "shop-1", ...request });
  const pushed = (branch = "ao/shop-1/root") =>
    gitIn(origin, "for-each-ref", "--format=%(objectname)", `refs/heads/${branch}`);
  const base = { desk, origin, worktree, commit, open, pushed };
  return { ...base, [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose]() };
}

test("open pushes the branch and opens a pull request that is the session's at once", async () => {
  await using one = workplace({ issue: "#214" });
  const sha = one.commit("Use the outbox", "It was lost before.");
  // What GitHub takes for the head is what was pushed.
  one.desk.server.nextPr({ sha });
  const pull = await one.open();
  expect(one.pushed()).toBe(sha);
  expect(pull).toMatchObject({
    ...{ number: 1, sessionId: "shop-1", projectId: "shop", state: "open", headSha: sha },
    ...{ title: "Use the outbox", headRef: "ao/shop-1/root", baseRef: "main" },
  });
  expect(one.desk.server.pull("acme/shop#1")).toMatchObject({
    body: "It was lost before.\n\nCloses #214",
    isDraft: false,
  });
  expect(one.desk.row("acme/shop#1")).toMatchObject({ sessionId: "shop-1" });
  await expect(one.open()).rejects.toMatchObject({
    code: "conflict",
    message: "branch ao/shop-1/root has pull request #1 already",
    hint: "ao pr show 1",
  });
});

test("open of several commits takes the session's title, unless others are given", async () => {
  await using one = workplace();
  one.commit("first");
  one.commit("second");
  await one.open({ isDraft: true });
  expect(one.desk.server.pull("acme/shop#1")).toMatchObject({
    ...{ title: "Outbox", body: "- first\n- second", isDraft: true, base: "main" },
  });
});

test("open takes the branch that the worktree is on, and what was given", async () => {
  await using one = workplace();
  gitIn(one.origin, "branch", "release", "main");
  gitIn(one.worktree, "fetch", "--quiet", "origin");
  gitIn(one.worktree, "switch", "--quiet", "-c", "ao/shop-1/more");
  one.commit("work");
  await expect(one.open({ base: "nope" })).rejects.toMatchObject({ code: "not_found" });
  await one.open({ title: "T", body: "B", base: "release" });
  expect(one.desk.server.pull("acme/shop#1")).toMatchObject({
    ...{ title: "T", body: "B", base: "release", head: "ao/shop-1/more" },
  });
});

test("open in the repository that origin is a fork of pushes to the fork", async () => {
  await using one = workplace({ issue: "#5" });
  const { server } = one.desk;
  const sha = one.commit("work");
  await expect(one.open({ isUpstream: true })).rejects.toThrow("acme/shop is no fork");
  server.repository("makers/shop");
  server.changeRepository("acme/shop", { parent: "makers/shop" });
  await one.open({ isUpstream: true });
  expect(one.pushed()).toBe(sha);
  expect(server.pull("makers/shop#1")).toMatchObject({
    ...{ head: "ao/shop-1/root", headRepo: "acme/shop", base: "main" },
    body: "Closes acme/shop#5",
  });
  expect(one.desk.row("makers/shop#1")).toMatchObject({ sessionId: "shop-1" });
});

type Place = ReturnType<typeof workplace>;

const refusals: [what: string, change: (one: Place) => unknown, told: object][] = [
  [
    "without a commit of its own",
    () => {},
    {
      code: "conflict",
      message: "nothing to open: branch ao/shop-1/root has no commit that main lacks",
    },
  ],
  [
    "with changes that are not committed",
    (one) => {
      one.commit("work");
      one.desk.repository.write("new.txt", "new\n", one.worktree);
    },
    { code: "conflict", message: "the worktree of shop-1 has changes without a commit" },
  ],
  [
    "on no branch",
    (one) => gitIn(one.worktree, "switch", "--quiet", "--detach"),
    { code: "conflict", message: "the worktree of shop-1 is on no branch" },
  ],
  [
    "without its worktree",
    (one) => one.desk.repository.git("worktree", "remove", one.worktree),
    { code: "conflict", message: "the worktree of shop-1 is gone" },
  ],
  [
    "whose branch has other commits on origin",
    (one) => {
      const { repository } = one.desk;
      one.commit("work");
      const other = repository.commit("of somebody else");
      repository.git("push", "--quiet", "origin", `${other}:refs/heads/ao/shop-1/root`);
    },
    { code: "conflict", message: "origin has other commits on branch ao/shop-1/root" },
  ],
  [
    "while origin cannot be reached",
    (one) => {
      one.commit("work");
      gitIn(one.worktree, "remote", "set-url", "origin", join(one.worktree, "nowhere"));
    },
    { code: "unavailable", message: expect.stringMatching(/^git push failed: /) },
  ],
];

test.each(refusals)("open %s is refused, and nothing is opened", async (_what, change, told) => {
  await using one = workplace();
  change(one);
  await expect(one.open()).rejects.toMatchObject(told);
  const creations = one.desk.server.calls.filter(({ path }) => path.endsWith("/pulls"));
  expect([creations.length, one.desk.rows().length]).toEqual([0, 0]);
});

test("open from the branch of a claimed pull request does not open it twice", async () => {
  await using one = workplace();
  const { server } = one.desk;
  server.pr({ repo: "acme/shop", head: "feature", sha: one.commit("work"), number: 9 });
  const owner = { projectId: "shop", sessionId: "shop-1" };
  await observePull(one.desk.engine, { key: "github.com/acme/shop#9", number: 9, ...owner });
  gitIn(one.worktree, "switch", "--quiet", "-c", "ao/shop-1/pr-9");
  one.commit("more");
  await expect(one.open()).rejects.toThrow("branch ao/shop-1/pr-9 has pull request #9 already");
  expect(one.pushed("ao/shop-1/pr-9")).toBe("");
});

test("open leaves out what is not committed when told so", async () => {
  await using one = workplace();
  const sha = one.commit("work");
  one.desk.repository.write("new.txt", "new\n", one.worktree);
  await one.open({ mayBeDirty: true });
  expect(one.pushed()).toBe(sha);
});

test("open of a branch whose pull request nobody has seen yet stores that one", async () => {
  await using one = workplace();
  const sha = one.commit("work");
  one.desk.server.pr({ repo: "acme/shop", head: "ao/shop-1/root", sha });
  await expect(one.open()).rejects.toThrow("branch ao/shop-1/root has pull request #1 already");
  expect(one.desk.row("acme/shop#1")).toMatchObject({ sessionId: "shop-1" });
  expect(one.pushed()).toBe("");
});
