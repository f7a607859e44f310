import { AoError } from "../error.ts";

/** The branch that a session starts with; the namespace `ao/<id>/` is its own. */
export function sessionBranch(sessionId: string): string {
  return `ao/${sessionId}/root`;
}

/**
 * Returns the name when git takes it as a branch and no program can read it as an option.
 * The rules are those of git-check-ref-format(1). Throws `usage` with the rule that was broken.
 */
export function checkBranchName(name: string): string {
  const broken = rules.find(([, pattern]) => pattern.test(name));
  if (broken) {
    throw new AoError("usage", `branch name ${JSON.stringify(name)} ${broken[0]}`);
  }
  return name;
}

const rules: [string, RegExp][] = [
  ["is empty", /^$/],
  ["starts with a dash", /^-/],
  ["holds a space or a control character", /[\x00-\x20\x7f]/],
  ["holds one of the characters ~ ^ : ? * [ \\", /[~^:?*[\\]/],
  ["holds two dots in a row", /\.\./],
  ["holds the sequence @{", /@\{/],
  ["starts, ends or doubles a slash", /^\/|\/$|\/\//],
  ["has a part that starts with a dot", /(^|\/)\./],
  ["has a part that ends with .lock", /\.lock(\/|$)/],
  ["ends with a dot", /\.$/],
  ["is reserved by git", /^(HEAD|@)$/],
  ["looks like a commit id", /^([0-9a-f]{40}|[0-9a-f]{64})$/],
];
