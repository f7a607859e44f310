import { chmodSync, lstatSync, readFileSync, type Stats } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";

import { AoError, systemCode } from "../error.ts";
import { writeAtomically } from "../runtime/atomic-file.ts";

const pattern = /^[\w-]{43}$/;

/** The file that holds the token of the HTTP interface. */
export function tokenPath(dataDir: string): string {
  return join(dataDir, "token");
}

/** Makes a new token; whoever has the old one is locked out at once. */
export function rotateToken(dataDir: string): void {
  writeAtomically(tokenPath(dataDir), `${newToken()}\n`, { isDurable: true });
}

/** The token of one data directory, made when missing, and read again whenever it changes. */
export class ApiToken {
  #stamp = "";
  #value = "";

  /** `onNote` is told when the file could be read by others, which is put right. */
  constructor(
    private readonly dataDir: string,
    private readonly onNote: (text: string) => void,
  ) {}

  /** The token of now. Throws `unavailable` for a file that is not the user's own. */
  read(): string {
    const path = tokenPath(this.dataDir);
    const found = statOf(path);
    if (!found) {
      rotateToken(this.dataDir);
      return this.read();
    }
    const stamp = `${found.ino} ${found.mtimeMs} ${found.ctimeMs} ${found.size} ${found.mode}`;
    if (stamp === this.#stamp) return this.#value;
    this.#secure(path, found);
    const value = readFileSync(path, "utf8").trim();
    if (!pattern.test(value)) {
      throw new AoError("unavailable", `${path} holds no token`, "ao token rotate");
    }
    this.#stamp = stamp;
    this.#value = value;
    return value;
  }

  #secure(path: string, found: Stats): void {
    if (!found.isFile() || found.uid !== userInfo().uid) {
      throw new AoError("unavailable", `${path} is not a file of this user`, `ls -l ${path}`);
    }
    if ((found.mode & 0o077) === 0) return;
    chmodSync(path, 0o600);
    this.onNote(`others could read ${path}; now only you can. Make a new one: \`ao token rotate\``);
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** 256 bits, as 43 characters. */
function newToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}
