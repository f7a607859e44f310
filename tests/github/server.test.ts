import { expect, setDefaultTimeout, test } from "bun:test";

import { parse } from "graphql";

import { fetchPr } from "../../src/github/actions.ts";
import { connect } from "../../src/github/client.ts";
import { batchQuery } from "../../src/github/query.ts";
import { costOf } from "../support/github-server/cost.ts";
import { GitHubServer } from "../support/github-server/server.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(30_000);

const repository = { host: "github.com", owner: "acme", repo: "shop" };

test("the server as a process of its own is told over HTTP what to be", async () => {
  const script = `${import.meta.dir}/../support/github-server/main.ts`;
  const child = Bun.spawn([process.execPath, script], { stdio: ["pipe", "pipe", "inherit"] });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const { url, env } = JSON.parse(new TextDecoder().decode(value));
  const say = async (verb: string, ...words: unknown[]) => {
    const body = JSON.stringify({ do: verb, with: words });
    return await (await fetch(`${url}/_control`, { method: "POST", body })).json();
  };
  const ref = await say("pr", { repo: "acme/shop", title: "told" });
  await say("check", ref, { name: "test", conclusion: "FAILURE", log: "bad" });
  const github = connect({ host: "github.com", token: env.AO_GITHUB_TOKEN, apiUrl: url });
  expect(await fetchPr(github, { repository, number: 1 })).toMatchObject({
    title: "told",
    ci: "failing",
  });
  expect(await say("spent")).toMatchObject({ points: 1, queries: 1 });
  child.stdin.end();
  expect(await child.exited).toBe(0);
});

const batch = (count: number, withDiscussion: boolean, threads?: number) => {
  const wanted = { repository, number: 1, withDiscussion, ...(threads ? { threads } : {}) };
  const { text, variables } = batchQuery(Array(count).fill(wanted), [repository]);
  return costOf(parse(text), variables);
};

test("a full batch costs one point, and discussions cost by their threads", () => {
  expect(batch(25, false)).toBe(1);
  expect(batch(1, true)).toBe(1);
  expect(batch(25, true)).toBe(14);
  expect(batch(20, true, 1)).toBe(1);
});

test("what has not changed is answered with 304, for free", async () => {
  await using server = new GitHubServer();
  server.pr({ repo: "acme/shop" });
  const ask = (headers: Record<string, string>) =>
    fetch(`${server.url}/repos/acme/shop/pulls`, {
      headers: { authorization: `token ${server.token}`, ...headers },
    });
  const first = await ask({});
  const again = await ask({ "if-none-match": first.headers.get("etag") ?? "" });
  expect([first.status, again.status]).toEqual([200, 304]);
  expect(again.headers.get("x-ratelimit-used")).toBe("1");
});

test("a log of a renamed repository is still found", async () => {
  await using server = new GitHubServer();
  const ref = server.pr({ repo: "acme/shop" });
  const id = server.check(ref, { name: "test", conclusion: "FAILURE", log: "bad\n" });
  server.rename("acme/shop", "other/store");
  const github = connect({ host: "github.com", token: server.token, apiUrl: server.url });
  expect(await github.tail(`GET /repos/acme/shop/actions/jobs/${id}/logs`, {}, 100)).toBe("bad\n");
});
