import { expect, test } from "bun:test";

import { checkBranchName, sessionBranch } from "../../src/domain/branch.ts";

const good = [
  "main",
  "ao/shop-1/root",
  "feature/größe",
  "a.b",
  "x@y",
  "UPPER",
  "1",
  "a-b_c+d=e",
  "head",
  "日本",
];

const bad = [
  "",
  "-x",
  "--force",
  "a b",
  "a\tb",
  "a\nb",
  "a\x7fb",
  "a~1",
  "a^",
  "a:b",
  "a?",
  "a*",
  "a[b",
  "a\\b",
  "a..b",
  "a@{1}",
  "/a",
  "a/",
  "a//b",
  ".a",
  "a/.b",
  "a.lock",
  "a.lock/b",
  "a.",
  "HEAD",
];

test.each(good)("branch %j is taken, as git takes it", (name) => {
  expect(checkBranchName(name)).toBe(name);
  expect(gitTakes(name)).toBe(true);
});

test.each(bad)("branch %j is refused, as git refuses it", (name) => {
  expect(() => checkBranchName(name)).toThrow(`branch name ${JSON.stringify(name)}`);
  expect(gitTakes(name)).toBe(false);
});

test("a name that means something else to git is refused, though git takes it", () => {
  expect(() => checkBranchName("@")).toThrow("is reserved by git");
  for (const length of [40, 64]) {
    expect(() => checkBranchName("a".repeat(length))).toThrow("looks like a commit id");
  }
});

test("whatever git refuses is refused here", () => {
  const parts = ["a", "/", ".", "..", ".lock", "@", "{", "-", "~", "é", " ", "HEAD"];
  const names = parts.flatMap((one) => parts.flatMap((two) => parts.map((six) => one + two + six)));
  const taken = names.filter((name) => isTaken(name));
  expect(taken.length).toBeGreaterThan(100);
  const argv = [
    "sh",
    "-c",
    'for n; do git check-ref-format --branch "$n" >/dev/null || echo "$n"; done',
  ];
  const { stdout } = Bun.spawnSync([...argv, "sh", ...taken.filter((_, at) => at % 4 === 0)], {
    stderr: "ignore",
  });
  expect(stdout.toString()).toBe("");
});

test("a session's own branch is a branch", () => {
  expect(checkBranchName(sessionBranch("shop-12"))).toBe("ao/shop-12/root");
});

function isTaken(name: string): boolean {
  try {
    return checkBranchName(name) === name;
  } catch {
    // Refused: that is an answer.
    return false;
  }
}

/** What git itself says of a name. */
function gitTakes(name: string): boolean {
  const argv = ["git", "check-ref-format", "--branch", name];
  return Bun.spawnSync(argv, { stdout: "ignore", stderr: "ignore" }).exitCode === 0;
}
