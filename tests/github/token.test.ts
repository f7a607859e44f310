import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { apiUrlFor, findToken } from "../../src/github/token.ts";

/** A folder with a `gh` that knows one host's token. */
function withGh(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "ao-gh-"));
  const script = `#!/bin/sh
[ "$*" = "auth token --hostname=git.acme.dev" ] && echo from-gh && exit 0
token=$GH_ENTERPRISE_TOKEN$GITHUB_ENTERPRISE_TOKEN$GH_TOKEN$GITHUB_TOKEN
[ -n "$token" ] && echo "$token" && exit 0
echo "no oauth token found" >&2; exit 1
`;
  writeFileSync(join(path, "gh"), script);
  chmodSync(join(path, "gh"), 0o755);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const all = {
  AO_GITHUB_TOKEN: "a",
  GITHUB_TOKEN: "b",
  GH_TOKEN: "c",
  GH_ENTERPRISE_TOKEN: "d",
  GITHUB_ENTERPRISE_TOKEN: "e",
};

const found: [string, string, Record<string, string>, string][] = [
  ["ao's own variable first", "github.com", all, "AO_GITHUB_TOKEN"],
  ["then GITHUB_TOKEN", "github.com", { ...all, AO_GITHUB_TOKEN: " " }, "GITHUB_TOKEN"],
  ["then GH_TOKEN", "acme.ghe.com", { GH_TOKEN: "c" }, "GH_TOKEN"],
  [
    "those of gh for an Enterprise Server last",
    "git.acme.dev",
    { GH_ENTERPRISE_TOKEN: "d", GITHUB_ENTERPRISE_TOKEN: "e", GH_HOST: "git.acme.dev" },
    "GH_ENTERPRISE_TOKEN",
  ],
  [
    "all for the host that GH_HOST names",
    "git.acme.dev",
    { ...all, GH_HOST: "git.acme.dev" },
    "AO_GITHUB_TOKEN",
  ],
  [
    "that host's own before those of github.com, however it is spelled",
    "git.acme.dev",
    { ...all, AO_GITHUB_TOKEN: "", GH_HOST: "Git.Acme.dev" },
    "GH_ENTERPRISE_TOKEN",
  ],
];

test.each(found)("the token is taken from %s", async (_what, host, env, source) => {
  expect((await findToken(host, { PATH: "", ...env })).source).toBe(source);
});

test("what gh keeps for the host is taken last", async () => {
  using gh = withGh();
  const env = { PATH: `${gh.path}:/bin:/usr/bin` };
  expect(await findToken("git.acme.dev", env)).toEqual({
    value: "from-gh",
    source: "gh auth token",
  });
  await expect(findToken("github.com", env)).rejects.toMatchObject({
    message: "no token for github.com was found",
    hint: "gh auth login --hostname github.com",
  });
});

test("no variable's token goes to a host that only a remote names", async () => {
  for (const env of [all, { ...all, GH_HOST: "git.acme.dev" }]) {
    const asked = findToken("github.com.evil.example", { ...env, PATH: "" });
    await expect(asked).rejects.toMatchObject({
      kind: "unauthorized",
      hint: "set AO_GITHUB_TOKEN and GH_HOST=github.com.evil.example, or install `gh`",
    });
  }
  // The real one hands them out for any host that is not GitHub's own.
  using gh = withGh();
  const env = { ...all, PATH: `${gh.path}:/bin:/usr/bin` };
  await expect(findToken("git.evil.example", env)).rejects.toMatchObject({
    kind: "unauthorized",
    hint: "gh auth login --hostname git.evil.example",
  });
});

test("the replaced address is one host's only", () => {
  const env = { AO_GITHUB_API_URL: "http://127.0.0.1:1" };
  expect(apiUrlFor("github.com", env)).toBe("http://127.0.0.1:1");
  expect(apiUrlFor("git.acme.dev", env)).toBeUndefined();
  expect(apiUrlFor("git.acme.dev", { ...env, GH_HOST: "git.acme.dev" })).toBe("http://127.0.0.1:1");
});
