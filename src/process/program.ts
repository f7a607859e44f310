import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";

export interface ProgramSearch {
  /** The `PATH` to look along; without it, this process's own. */
  path?: string;
  /** Folders that are tried after the path; `~/` stands for the home folder. */
  extraDirs?: string[];
  /** What a relative name or folder is relative to; without it, the current directory. */
  cwd?: string;
}

/**
 * The absolute path of a program, as a shell would find it: a name that holds `/` is a path of its
 * own, any other is looked up. Undefined when there is no executable file of that name.
 */
export function findProgram(name: string, search: ProgramSearch = {}): string | undefined {
  const cwd = search.cwd ?? process.cwd();
  if (name.includes("/")) return executable(resolve(cwd, expandHome(name)));
  if (name === "") return undefined;
  const path = search.path ?? process.env["PATH"] ?? "";
  const folders = [...path.split(":"), ...(search.extraDirs ?? []).map(expandHome)];
  for (const folder of folders) {
    const found = executable(resolve(cwd, folder, name));
    if (found) return found;
  }
  return undefined;
}

function expandHome(path: string): string {
  return path.startsWith("~/") ? homedir() + path.slice(1) : path;
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : undefined;
  } catch {
    // Any reason why it cannot be reached means that it cannot be run.
    return undefined;
  }
}
