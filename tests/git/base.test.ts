import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { join } from "node:path";

import { chooseBase } from "../../src/git/base.ts";
import type { ProcessIdentity } from "../../src/process/identity.ts";
import { gitIn, TestRepository } from "../support/repository.ts";

/** Commits to origin behind the repository's back; returns the commit. */
function pushFromElsewhere(repository: TestRepository, branch: string): string {
  const clone = join(repository.folder, "colleague");
  gitIn(repository.folder, "clone", "--quiet", join(repository.folder, "origin.git"), clone);
  gitIn(clone, "switch", "--quiet", "--force-create", branch);
  const sha = repository.commit("from elsewhere", clone);
  gitIn(clone, "push", "--quiet", "origin", branch);
  return sha;
}

test("chooseBase without a remote takes the default branch as it is", async () => {
  using repository = TestRepository.withCommit();
  const sha = repository.git("rev-parse", "main");
  const base = await chooseBase({ root: repository.root, defaultBranch: "main" });
  expect(base).toEqual({ ref: "main", sha, fetched: false });
});

test("chooseBase with a remote fetches the default branch and nothing else", async () => {
  using repository = TestRepository.withCommit();
  repository.addOrigin();
  const sha = pushFromElsewhere(repository, "main");
  gitIn(join(repository.folder, "colleague"), "push", "--quiet", "origin", "main:other");
  gitIn(join(repository.folder, "colleague"), "tag", "v9");
  gitIn(join(repository.folder, "colleague"), "push", "--quiet", "origin", "v9");
  const children: ProcessIdentity[] = [];
  const base = await chooseBase({
    root: repository.root,
    defaultBranch: "main",
    onStart: (child) => children.push(child),
  });
  expect(base).toEqual({ ref: "origin/main", sha, fetched: true });
  expect(children).toHaveLength(1);
  const refs = repository.git("for-each-ref", "--format=%(refname)");
  expect(refs.split("\n")).toEqual(["refs/heads/main", "refs/remotes/origin/main"]);
});

test("chooseBase notes local commits that origin lacks", async () => {
  using repository = TestRepository.withCommit();
  repository.addOrigin();
  repository.commit("not pushed");
  const base = await chooseBase({ root: repository.root, defaultBranch: "main" });
  expect(base.note).toBe("local main has 1 commit that origin/main lacks");
});

test("chooseBase with an origin that is gone falls back quickly and says so", async () => {
  using repository = TestRepository.withCommit();
  repository.addOrigin();
  const sha = repository.git("rev-parse", "origin/main");
  repository.git("remote", "set-url", "origin", join(repository.folder, "missing.git"));
  const startedAt = performance.now();
  const base = await chooseBase({ root: repository.root, defaultBranch: "main" });
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(base).toMatchObject({ ref: "origin/main", sha, fetched: false });
  expect(base.note).toMatch(
    /^origin could not be reached \(.+\); using origin\/main as it is known/,
  );
});

test("chooseBase with an origin that never answers gives up in time", async () => {
  using repository = TestRepository.withCommit();
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
  try {
    repository.git("remote", "add", "origin", `git://127.0.0.1:${port}/shop.git`);
    const options = { root: repository.root, defaultBranch: "main", fetchTimeoutMs: 150 };
    const base = await chooseBase(options);
    expect(base).toMatchObject({ ref: "main", fetched: false });
    expect(base.note).toContain("did not end within 0.15 s");
  } finally {
    server.close();
  }
});

test("chooseBase interrupted during the fetch ends with interrupted", async () => {
  using repository = TestRepository.withCommit();
  repository.addOrigin();
  const abort = new AbortController();
  const choice = chooseBase({
    root: repository.root,
    defaultBranch: "main",
    signal: abort.signal,
    onStart: () => abort.abort(),
  });
  await expect(choice).rejects.toMatchObject({ code: "interrupted" });
});

test("chooseBase takes branches, tags and commit ids without a fetch", async () => {
  using repository = TestRepository.withCommit();
  const { root } = repository;
  const sha = repository.git("rev-parse", "HEAD");
  repository.git("branch", "side");
  repository.git("tag", "--annotate", "v1", "--message", "v1");
  repository.commit("second");
  repository.git("remote", "add", "origin", join(repository.folder, "missing.git"));
  for (const base of ["side", "v1", sha, sha.slice(0, 10), "main~1"]) {
    const found = await chooseBase({ root, defaultBranch: "main", base });
    expect(found).toEqual({ ref: base, sha, fetched: false });
  }
});

test("chooseBase of a branch that only origin has fetches it by either name", async () => {
  using repository = TestRepository.withCommit();
  repository.addOrigin();
  const sha = pushFromElsewhere(repository, "feature/x");
  for (const base of ["feature/x", "origin/feature/x"]) {
    const found = await chooseBase({ root: repository.root, defaultBranch: "main", base });
    expect(found).toEqual({ ref: "origin/feature/x", sha, fetched: true });
    repository.git("update-ref", "-d", "refs/remotes/origin/feature/x");
  }
});

test("chooseBase of an unknown name is not found", async () => {
  using repository = TestRepository.withCommit();
  repository.addOrigin();
  const { root } = repository;
  for (const base of ["nowhere", "origin/nowhere", "deadbeef", "main:readme.txt", "main..main"]) {
    const choice = chooseBase({ root, defaultBranch: "main", base });
    await expect(choice).rejects.toMatchObject({ code: "not_found" });
  }
});

test("chooseBase of a name that is an option or no text is a usage error", async () => {
  using repository = TestRepository.withCommit();
  for (const base of ["-x", "--all", "", "a\nb"]) {
    const choice = chooseBase({ root: repository.root, defaultBranch: "main", base });
    await expect(choice).rejects.toMatchObject({ code: "usage" });
  }
});

test("chooseBase by eight at once while origin moves leaves none behind", async () => {
  using repository = TestRepository.withCommit();
  repository.addOrigin();
  const sha = pushFromElsewhere(repository, "main");
  const options = { root: repository.root, defaultBranch: "main" };
  const bases = await Promise.all(Array.from({ length: 8 }, () => chooseBase(options)));
  expect(bases.map((base) => base.sha)).toEqual(Array.from({ length: 8 }, () => sha));
});

test("chooseBase of an origin that refuses a token says so without the token", async () => {
  using repository = TestRepository.withCommit();
  const headers = { "www-authenticate": "Basic" };
  const fetch = () => new Response("", { status: 401, headers });
  await using refusing = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
  for (const login of ["ghp_secret", "x:ghp_secret", "x:a@ghp_secret"]) {
    const address = `http://${login}@127.0.0.1:${refusing.port}/acme/shop.git`;
    repository.git("config", "remote.origin.url", address);
    const { note } = await chooseBase({ root: repository.root, defaultBranch: "main" });
    expect(note).toContain("origin could not be reached");
    expect(note).not.toContain("secret");
  }
});
