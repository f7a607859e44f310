import { mkdirSync } from "node:fs";

import { temporaryFolder } from "./store.ts";

/** What stands before a program so that it runs where `path` is a file system of 1 MiB. */
export function onSmallDisk(path: string, kilobytes: number): string[] {
  return inMountNamespace(`mount -t tmpfs -o size=${kilobytes}k none "$1"`, path);
}

/** What stands before a program so that it sees `path` as read-only, root or not. */
export function onReadOnlyDisk(path: string): string[] {
  return inMountNamespace('mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"', path);
}

/** Whether this machine lets a test mount anything; prints why it skips when not. */
export function canMount(): boolean {
  using folder = temporaryFolder();
  mkdirSync(`${folder.path}/mount`);
  const argv = [...onSmallDisk(`${folder.path}/mount`, 64), "true"];
  const { success, stderr } = tried(argv);
  if (!success) process.stderr.write(`tests of full and read-only disks skipped: ${stderr}\n`);
  return success;
}

function tried(argv: string[]): { success: boolean; stderr: string } {
  if (!Bun.which("unshare")) return { success: false, stderr: "unshare is not installed" };
  const { success, stderr } = Bun.spawnSync(argv, { stdout: "ignore", stderr: "pipe" });
  return { success, stderr: stderr.toString().trim() };
}

function inMountNamespace(mount: string, path: string): string[] {
  const script = `${mount} && shift && exec "$@"`;
  return ["unshare", "--mount", "sh", "-c", script, "sh", path];
}
