import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { topics } from "../../src/cli/topics.ts";
import { Machine, slowMs } from "../support/ao.ts";
import { GitHubServer } from "../support/github-server/server.ts";
import { waitFor } from "../support/wait.ts";

setDefaultTimeout(2 * slowMs);

let machine: Machine;
let server: GitHubServer;

/** A machine whose project is on GitHub; what is pushed goes to a folder. */
beforeAll(async () => {
  server = new GitHubServer();
  machine = await Machine.create();
  Object.assign(machine.env, server.env);
  server.repository("acme/shop");
  const { repository } = machine;
  machine.git(repository, "remote", "add", "origin", "https://github.com/acme/shop.git");
  await machine.ok(["project", "add", repository, "--id", "shop"]);
  const bare = join(machine.folder, "origin.git");
  machine.git(machine.folder, "clone", "--quiet", "--bare", repository, bare);
  machine.git(repository, "remote", "set-url", "origin", bare);
  server.issue({ repo: "acme/shop", title: "Slow checkout", body: "9 s\u001b[31m", author: "eve" });
});

afterAll(async () => {
  await machine[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const promised = (heading: string) => {
  const page = topics["json"]?.text ?? "";
  const [, words = ""] = new RegExp(`^${heading}:\n((?: {2}[\\w ]+\n)+)`, "m").exec(page) ?? [];
  return words.trim().split(/\s+/).sort();
};
const keysOf = (value: object | undefined) => Object.keys(value ?? {}).sort();

test("an issue becomes a session, its branch a pull request, and that is merged", async () => {
  expect(await machine.ok(["issue", "ls"])).toMatch(/^ISSUE +STATE .*\n#1 +open +- +eve .* Slow/);
  const { issues } = await machine.json<{ issues: object[] }>(["issue", "ls"]);
  expect(issues.map(keysOf)).toEqual([promised("An issue")]);
  const program = ["--command", "sleep 1000"];
  for (const [issue, code] of [
    ["99", 3],
    ["x", 2],
  ] as const) {
    const { exitCode, stdout } = await machine.ao(["spawn", "--issue", issue, ...program]);
    expect([exitCode, stdout]).toEqual([code, ""]);
  }
  expect(await machine.sessions()).toEqual([]);

  expect(await machine.ok(["spawn", "-q", "only the cart", "--issue", "1", ...program])).toBe(
    "shop-1",
  );
  const session = await machine.json<Record<string, string>>(["session", "show", "shop-1"]);
  expect(session).toMatchObject({ issue: "#1", title: "Slow checkout" });
  const task = await machine.ok(["session", "show", "shop-1", "--prompt"]);
  expect(task).toMatch(/by @eve \(OWNER\):\n```text\n9 s\n```\n[\s\S]*\nonly the cart$/);

  const empty = await machine.ao(["pr", "open", "shop-1"]);
  expect([empty.exitCode, empty.stderr]).toEqual([
    4,
    "error: nothing to open: branch ao/shop-1/root has no commit that main lacks\n" +
      "hint: ao diff shop-1 --stat\n",
  ]);
  const worktree = session["worktreePath"] ?? "";
  machine.git(worktree, "commit", "--quiet", "--allow-empty", "--message", "Use the outbox");
  const sha = machine.git(worktree, "rev-parse", "HEAD");
  server.nextPr({ sha });
  expect(await machine.ok(["pr", "open", "shop-1"])).toEndWith("/acme/shop/pull/2");
  expect(server.pull("acme/shop#2").body).toBe("Closes #1");
  await looksAtIt();
  await merges(sha);
});

async function looksAtIt(): Promise<void> {
  expect(await machine.ok(["pr", "ls"])).toMatch(
    /^PR +SESSION +STATUS .*\n#2 +shop-1 +mergeable +none +none +0 +yes +\w+ +Use the outbox$/,
  );
  const { prs } = await machine.json<{ prs: object[] }>(["pr", "ls"]);
  expect(prs.map(keysOf)).toEqual([promised("A pull request")]);
  const shown = await machine.json(["pr", "show", "#2"]);
  const more = promised("`ao pr show` adds");
  expect(keysOf(Object(shown))).toEqual([...promised("A pull request"), ...more].sort());
  expect(await machine.ok(["session", "pr", "shop-1"])).toMatch(/\n#2 +open +none +none /);
  const offered = await machine.ok(["__complete", "pr", "show", ""]);
  expect(offered).toBe("2");
  const all = (words: string[]) => machine.ao(["pr", "resolve", "2", ...words]);
  expect(await all([])).toMatchObject({ exitCode: 2, stdout: "" });
  expect(await all(["--all"])).toMatchObject({ exitCode: 0, stdout: "0 threads resolved\n" });
}

async function merges(sha: string): Promise<void> {
  const id = server.check("acme/shop#2", { name: "test", steps: [] });
  const given = machine.start(["pr", "merge", "2", "--when-ready"]);
  await given.said(/waits: /);
  expect(await given.end("SIGINT")).toBe(130);
  const merging = machine.start(["pr", "merge", "2", "--when-ready", "--method", "squash"]);
  const note = `#2 at ${sha.slice(0, 12)} waits: checks have not ended: test\n`;
  await waitFor(() => merging.stderr.includes(note), { withinMs: slowMs });
  expect(await machine.ok(["ls"])).toMatch(/\nshop-1 +\w+ +command +#2( ci_pending)? /);
  server.changeCheck("acme/shop#2", id, { conclusion: "SUCCESS" });
  // Another process looks, and the one that waits wakes by that.
  expect(await machine.ok(["pr", "checks", "2", "--fresh"])).toMatch(/\ntest +passed +- /);
  expect(await merging.ended).toBe(0);
  expect(merging.stdout).toMatch(/^#2 is merged into main as [0-9a-f]{12}\n$/);
  expect(await machine.ao(["pr", "ls"])).toMatchObject({
    stdout: "",
    stderr: "no open pull requests; `ao pr ls --all`\n",
  });
  const again = await machine.ao(["pr", "merge", "2"]);
  expect([again.exitCode, again.stderr]).toEqual([
    4,
    "error: pull request #2 cannot be merged: it is merged already\nhint: ao pr show 2\n",
  ]);
  expect(await machine.ok(["pr", "show", "2"])).toMatch(
    /^#2 Use the outbox\n[\s\S]*\n {2}merge +merged\n/,
  );
  server.fail({ kind: "status", status: 500, times: 1 });
  const offline = await machine.ao(["spawn", "--issue", "1", "--command", "sleep 1000"]);
  expect(offline).toMatchObject({ exitCode: 5, stdout: "" });
  expect(offline.stderr).toStartWith("error: issue #1 cannot be read: github.com answered 500\n");
}
