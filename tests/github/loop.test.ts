import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Loops } from "../../src/engine/loops.ts";
import { Machine } from "../support/ao.ts";
import { GitHubServer } from "../support/github-server/server.ts";
import { waitFor } from "../support/wait.ts";
import { Desk } from "./desk.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(120_000);

const slack = { withinMs: 30_000 };

interface Seen {
  prStatus: string | null;
  prs: { number: number; ci: string }[];
}

let machine: Machine;
let server: GitHubServer;

/** A machine whose project is on GitHub, with one session that has an open pull request. */
beforeAll(async () => {
  server = new GitHubServer();
  machine = await Machine.create();
  Object.assign(machine.env, server.env);
  const { repository } = machine;
  machine.git(repository, "remote", "add", "origin", "https://github.com/acme/shop.git");
  await machine.ok(["project", "add", repository, "--id", "shop"]);
  // Nobody leaves this machine: what is fetched comes from a folder.
  const bare = join(machine.folder, "origin.git");
  machine.git(machine.folder, "clone", "--quiet", "--bare", repository, bare);
  machine.git(repository, "remote", "set-url", "origin", bare);
  const id = await machine.spawn();
  const { branch, worktreePath } = await machine.session(id);
  machine.git(worktreePath, "commit", "--quiet", "--allow-empty", "--message", "work");
  const sha = machine.git(worktreePath, "rev-parse", "HEAD");
  const ref = server.pr({ repo: "acme/shop", head: branch, sha });
  server.check(ref, { name: "test", conclusion: "FAILURE", log: "bad\n" });
});

afterAll(async () => {
  await machine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test("a short command has GitHub looked at in the background, at most once a minute", async () => {
  rmSync(join(machine.dataDir, "last-look"), { force: true });
  server.forgetCalls();
  const seen = await waitFor(async () => {
    const [session] = (await machine.json<{ sessions: Seen[] }>(["ls"])).sessions;
    return session && session.prs.length > 0 ? session : undefined;
  }, slack);
  expect(seen).toMatchObject({ prStatus: "ci_failed", prs: [{ number: 1, ci: "failing" }] });
  const listings = server.calls.filter(({ query }) => query.includes("repo0:"));
  expect(listings).toHaveLength(1);
});

test("the daemon ends at once while GitHub hangs", async () => {
  sendNoHelper();
  server.forgetCalls();
  server.fail({ kind: "hang" });
  const daemon = machine.start(["daemon"]);
  await waitFor(() => server.calls.length > 0, slack);
  const at = performance.now();
  expect(await daemon.end()).toBe(0);
  expect(performance.now() - at).toBeLessThan(5_000);
  server.heal();
});

test("the daemon sees what has changed", async () => {
  server.change("acme/shop#1", { state: "CLOSED" });
  const daemon = machine.start(["daemon"]);
  await waitFor(async () => {
    const [session] = (await machine.json<{ sessions: Seen[] }>(["ls"])).sessions;
    return session?.prStatus === "closed";
  }, slack);
  expect(await daemon.end()).toBe(0);
  expect(daemon.stderr).not.toMatch(/error|warning/);
});

test("quota shows what is left and what it went for, or the last that was known", async () => {
  sendNoHelper();
  const shown = await machine.ok(["quota"]);
  expect(shown).toMatch(/^HOST +POINTS LEFT +CALLS LEFT +NEW IN +RESTS FOR\n/);
  expect(shown).toMatch(/github\.com +\d+ of 5000 +\d+ of 5000 +5\dm +-/);
  expect(shown).toMatch(/pull requests +\d+ +0$/m);
  server.fail({ kind: "status", status: 401 });
  const { stderr, exitCode } = await machine.ao(["quota"]);
  expect([exitCode, stderr]).toEqual([
    0,
    "warning: github.com: github.com does not take the token " +
      "(look at AO_GITHUB_TOKEN, GITHUB_TOKEN, GH_TOKEN, " +
      "or `gh auth login --hostname github.com`)\n",
  ]);
  server.heal();
  const { hosts } = await machine.json<{ hosts: { host: string; failure: null }[] }>(["quota"]);
  expect(hosts).toMatchObject([{ host: "github.com", failure: null, restingUntil: null }]);
});

test("doctor tells where a login comes from, or that there is none", async () => {
  const login = async (env: Record<string, string>) => {
    const { stdout } = await machine.ao(["doctor", "--json"], { env });
    const { findings } = JSON.parse(stdout) as { findings: { check: string; detail: string }[] };
    return findings.find(({ check }) => check === "login github.com")?.detail;
  };
  expect(await login({})).toBe("from AO_GITHUB_TOKEN");
  expect(await login({ AO_GITHUB_TOKEN: "" })).toBe(
    "no token for github.com was found; its pull requests are not watched",
  );
});

test("loops that are stopped and started again go on looking", async () => {
  await using desk = new Desk({}, true);
  desk.project();
  const ref = desk.pr();
  const loops = new Loops(desk.engine, (error) => {
    throw error;
  });
  loops.start();
  await waitFor(() => desk.row(ref) !== undefined, slack);
  await loops.stop();
  const next = desk.pr();
  loops.start();
  await waitFor(() => desk.row(next) !== undefined, slack);
  await loops.stop();
});

test("doctor tells that whoever looks at GitHub has no login", async () => {
  const daemon = machine.start(["daemon"], { env: { AO_GITHUB_TOKEN: "" } });
  const told = await waitFor(async () => {
    const { stdout } = await machine.ao(["doctor"]);
    return stdout.split("\n").find((line) => line.includes("in vain"));
  }, slack);
  expect(told).toContain(`but process ${daemon.process.pid} has found no token for github.com`);
  expect(await daemon.end()).toBe(0);
});

/** As if a short command had sent one to GitHub just now. */
function sendNoHelper(): void {
  writeFileSync(join(machine.dataDir, "last-look"), "");
}
