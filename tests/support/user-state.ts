import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { gitIn } from "./repository.ts";

/**
 * Everything of a person's repository that `ao` must leave as it was, as one text: refs (escrows
 * aside), work trees, status, configuration, hooks, excludes, stash, HEAD and its log.
 */
export function userState(root: string): string {
  const ask = (...words: string[]) => `$ git ${words.join(" ")}\n${gitIn(root, ...words)}`;
  const refs = gitIn(root, "for-each-ref", "--format=%(refname) %(objectname)");
  const file = (name: string) => `$ cat ${name}\n${readFileSync(join(root, ".git", name), "utf8")}`;
  const hooks = readdirSync(join(root, ".git", "hooks")).sort();
  return [
    refs
      .split("\n")
      .filter((line) => !line.startsWith("refs/ao/"))
      .join("\n"),
    ask("worktree", "list", "--porcelain"),
    ask("status", "--porcelain=v2", "--branch", "--ignored", "--untracked-files=all"),
    ask("branch", "--all", "--verbose"),
    ask("config", "--local", "--list"),
    ask("stash", "list"),
    ask("reflog"),
    ...["config", "info/exclude", "HEAD", ...hooks.map((name) => `hooks/${name}`)].map(file),
  ].join("\n");
}
