import { lstatSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";

import { AoError, systemCode } from "../error.ts";

/**
 * The user's folder for sockets, made when missing. It lies in `/tmp`, not in `XDG_RUNTIME_DIR`:
 * that one is deleted when the user's last login ends, and agents go on after it.
 * Throws `unavailable` when somebody else has put something there.
 */
export function runtimeFolder(parent = "/tmp"): string {
  const folder = join(parent, `ao-${userInfo().uid}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
  }
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== userInfo().uid || (stat.mode & 0o077) !== 0) {
    throw new AoError(
      "unavailable",
      `folder ${folder} is not a private folder of this user`,
      `ls -ld ${folder}`,
    );
  }
  return folder;
}

/** The socket of the holder of one launch, the same for every process that asks. */
export function socketPath(dataDir: string, launchId: string): string {
  return join(runtimeFolder(), `${dataDirHash(dataDir)}-${hash(launchId, 16)}.sock`);
}

/** The socket of the private tmux server of a data dir. */
export function tmuxSocketPath(dataDir: string): string {
  return join(runtimeFolder(), `${dataDirHash(dataDir)}-tmux`);
}

/** The socket on which the daemon of a data dir answers HTTP. */
export function httpSocketPath(dataDir: string): string {
  return join(runtimeFolder(), `${dataDirHash(dataDir)}-http`);
}

/** The sockets of all holders of a data dir, those of dead holders included. */
export function holderSockets(dataDir: string): string[] {
  const folder = runtimeFolder();
  const prefix = `${dataDirHash(dataDir)}-`;
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith(".sock"))
    .map((name) => join(folder, name));
}

function dataDirHash(dataDir: string): string {
  return hash(canonical(dataDir), 12);
}

function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return resolve(path);
    throw error;
  }
}

function hash(text: string, digits: number): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, digits);
}
