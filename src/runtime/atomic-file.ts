import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Replaces a file (mode 0600) so that a reader sees the old or the new one, never a part. With
 * `isDurable` it is also on the disk, its name included, when this returns.
 */
export function writeAtomically(
  path: string,
  content: string | Uint8Array,
  options: { isDurable?: boolean } = {},
): void {
  const temporary = `${path}.${process.pid}.new`;
  try {
    writeWhole(temporary, Buffer.from(content), options.isDurable ?? false);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (options.isDurable) syncFolder(dirname(path));
}

function writeWhole(path: string, bytes: Uint8Array, isDurable: boolean): void {
  const file = openSync(path, "w", 0o600);
  try {
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
    if (isDurable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
