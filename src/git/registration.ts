import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";

import { AoError } from "../error.ts";
import { readText, realPathOf } from "./layout.ts";

/** What git knows about one linked work tree, read from its files without a process. */
export interface Registration {
  /** `<git dir>/worktrees/<name>`: index, HEAD and logs of this work tree. */
  adminDir: string;
  /** Real path of the work tree, which may be gone. */
  path: string;
  /** Text of the lock, if it is locked; empty when no reason was given. */
  lockReason?: string;
}

/** What `git worktree add` writes into the lock until its checkout is complete. */
const initializing = "initializing";

/** The registration of a path, or undefined when git does not know it as a linked work tree. */
export function findRegistration(commonDir: string, path: string): Registration | undefined {
  const wanted = realPathOf(path);
  return registrations(commonDir).find((each) => each.path === wanted);
}

/** Whether `git worktree add` was cut off before this work tree was complete. */
export function isHalfMade(registration: Registration): boolean {
  return registration.lockReason?.trim() === initializing;
}

/**
 * What a `git worktree add` for this path left when it was killed before it had even noted the
 * path: administration with nothing in it but the lock. Git names it after the path's last part.
 */
export function findTraces(commonDir: string, path: string): string[] {
  const stem = basename(path);
  return adminDirs(commonDir).filter((adminDir) => {
    const name = basename(adminDir);
    if (!name.startsWith(stem) || !/^\d*$/.test(name.slice(stem.length))) return false;
    const files = readdirSync(adminDir);
    const isBare = files.every((file) => file === "locked" || file === "gitdir");
    return isBare && !readText(join(adminDir, "gitdir"));
  });
}

/**
 * The real path of something that ao may remove: strictly inside a directory of its own.
 * Throws `conflict` for anything else.
 */
export function ownedPath(path: string, ownedRoot: string): string {
  const real = realPathOf(path);
  const owned = realPathOf(ownedRoot);
  if (!real.startsWith(owned + sep)) {
    throw new AoError("conflict", `\`${path}\` is not inside \`${ownedRoot}\``);
  }
  return real;
}

/** Writes the `.git` file of a work tree again when it is missing or was never finished. */
export function repairLink({ adminDir, path }: Registration): void {
  const link = join(path, ".git");
  if (!existsSync(path) || readText(link)) return;
  writeFileSync(link, `gitdir: ${adminDir}\n`);
}

function registrations(commonDir: string): Registration[] {
  return adminDirs(commonDir).flatMap((adminDir) => {
    const link = readText(join(adminDir, "gitdir"))?.trim();
    if (!link) return [];
    // Since git 2.48 the path may be relative to the administration.
    const path = realPathOf(dirname(resolve(adminDir, link)));
    const lockReason = readText(join(adminDir, "locked"));
    return [{ adminDir, path, ...(lockReason === undefined ? {} : { lockReason }) }];
  });
}

function adminDirs(commonDir: string): string[] {
  const parent = join(commonDir, "worktrees");
  if (!existsSync(parent)) return [];
  return readdirSync(parent).map((name) => join(parent, name));
}
