import { expect, test } from "bun:test";

import { pageAssets } from "../../../src/web/page/assets.ts";
import { servePage } from "../../../src/web/page/serve.ts";

const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  servePage(new Request(`http://127.0.0.1${path}`, { headers, method }), path);

test("the page is one file that names all the others, and holds no script of its own", async () => {
  const answer = await ask("/");
  const text = (await answer?.text()) ?? "";
  expect(answer?.headers.get("content-type")).toStartWith("text/html");
  expect(text).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(text).not.toMatch(/\bon\w+=|style=|https?:/);
  const named = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
  expect(named.length).toBeGreaterThanOrEqual(3);
  const served = await Promise.all(named.map(async (path) => (await ask(path))?.status));
  expect(served).toEqual(named.map(() => 200));
  expect(await (await ask("/login"))?.text()).toBe(text);
});

test("no file may load or send anything elsewhere", async () => {
  const policy = (await ask("/"))?.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toMatch(/script-src|unsafe-eval|https?:/);
  for (const [path, { body }] of await pageAssets()) {
    const addresses = (await body.text()).match(/https?:\/\/[\w.]+/g) ?? [];
    // Names of XML, which nobody asks for.
    const others = addresses.filter((one) => !one.includes("www.w3.org"));
    expect([path, others]).toEqual([path, []]);
  }
});

test("what a browser has is not sent again, and what never changes is kept", async () => {
  const page = await ask("/");
  const etag = page?.headers.get("etag") ?? "";
  expect((await ask("/", { "if-none-match": etag }))?.status).toBe(304);
  expect(page?.headers.get("cache-control")).toBe("no-cache");
  const [script = ""] = [...(await pageAssets()).keys()].filter((path) => path.endsWith(".js"));
  expect((await ask(script))?.headers.get("cache-control")).toContain("immutable");
  const head = await ask(script, {}, "HEAD");
  expect([head?.status, await head?.text()]).toEqual([200, ""]);
});

test.each(["/../package.json", "/%2e%2e/package.json", "/index.html", "//etc/passwd", "/.git"])(
  "no path leads to the disk: %s",
  async (path) => {
    expect(await ask(path)).toBeUndefined();
  },
);
