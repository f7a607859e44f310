import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import type { GitEnvironment } from "./command.ts";

export interface PushOptions {
  /** Pattern of branches (git-config(1), `onbranch`) whose upstream has another name. */
  branches: string;
  /** Absolute path of the file to write; a directory of ao's. */
  file: string;
  /** The environment that the entries will be added to. */
  env: Record<string, string | undefined>;
}

/**
 * Makes a plain `git push` go to the upstream of some branches and of no other: elsewhere that
 * would send work to whatever a branch was made from. Touches no configuration of the person's.
 */
export function pushToUpstream({ branches, file, env }: PushOptions): GitEnvironment {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, "[push]\n\tdefault = upstream\n", { mode: 0o600 });
  const count = Number(env["GIT_CONFIG_COUNT"]) || 0;
  // The environment of an earlier launch has it already.
  for (let index = 0; index < count; index += 1) {
    if (env[`GIT_CONFIG_VALUE_${index}`] === file) return {};
  }
  return {
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: `includeIf.onbranch:${branches}.path`,
    [`GIT_CONFIG_VALUE_${count}`]: file,
  };
}
