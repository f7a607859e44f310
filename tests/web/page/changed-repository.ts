import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { gitIn } from "../../support/repository.ts";

/** A repository whose work tree differs from its one commit in every way that a diff can tell. */
export function temporaryRepository() {
  const folder = mkdtempSync(join(tmpdir(), "ao-diff-"));
  const git = (...words: string[]) =>
    gitIn(folder, "-c", "user.name=Test", "-c", "user.email=test@localhost", ...words);
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  git("init", "--quiet");
  write("changed.txt", "one\ntwo\nfour");
  write("away.txt", "gone\n");
  write("moved.txt", "a text that is long enough to be known again\n");
  write("picture.bin", "\0one");
  write("run.sh", "true\n");
  git("add", "--all");
  git("commit", "--quiet", "--message", "first");
  write("changed.txt", "one\n+ two\n-- three\nfour");
  write("brand new.txt", "1\n2\n");
  write("picture.bin", "\0two");
  rmSync(join(folder, "away.txt"));
  renameSync(join(folder, "moved.txt"), join(folder, "now here.txt"));
  chmodSync(join(folder, "run.sh"), 0o755);
  git("add", "--all");
  return {
    diff: () => git("diff", "--cached", "--find-renames"),
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
