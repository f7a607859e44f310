import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { writeAtomically } from "../runtime/atomic-file.ts";
import { Refusal } from "./envelope.ts";
import { isEqual } from "./guard.ts";

/** How long a code is good for. */
const lifeMs = 30_000;

const fileName = /^login-[\w-]+\.html$/;

/** Where a browser goes to be logged in, until `expiresAt` (Unix milliseconds). */
export interface LoginLink {
  file: string;
  url: string;
  expiresAt: number;
}

interface Code extends LoginLink {
  code: string;
  timer: ReturnType<typeof setTimeout>;
}

/**
 * Single-use codes that log a browser in. A code travels in a private file that the browser opens,
 * and then in the part of an address that is never sent, so that no list of processes, history or
 * log has it.
 */
export class Logins {
  readonly #codes = new Set<Code>();

  constructor(
    private readonly dataDir: string,
    private readonly ownUrl: () => string,
  ) {
    // Left by a daemon that was killed.
    for (const name of readdirSync(dataDir)) {
      if (fileName.test(name)) rmSync(join(dataDir, name), { force: true });
    }
  }

  /** Makes a code and the file that hands it to a browser. */
  begin(): LoginLink {
    const code = randomText();
    const url = `${this.ownUrl()}/login#${code}`;
    const file = join(this.dataDir, `login-${randomText().slice(0, 12)}.html`);
    writeAtomically(file, redirectPage(url));
    const link = { file, url, expiresAt: Date.now() + lifeMs };
    const entry: Code = { ...link, code, timer: setTimeout(() => this.#forget(entry), lifeMs) };
    this.#codes.add(entry);
    return link;
  }

  /** Uses a code up. Throws a refusal (401) for one that is unknown, used or too old. */
  redeem(code: string): void {
    const found = [...this.#codes].find((entry) => isEqual(entry.code, code));
    if (!found) {
      const message = "this code was used, or is older than 30 seconds; type `ao web` again";
      throw new Refusal(401, "LOGIN_CODE_INVALID", message);
    }
    this.#forget(found);
  }

  /** Takes all codes back. */
  stop(): void {
    for (const entry of this.#codes) this.#forget(entry);
  }

  #forget(entry: Code): void {
    clearTimeout(entry.timer);
    this.#codes.delete(entry);
    rmSync(entry.file, { force: true });
  }
}

function redirectPage(url: string): string {
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<title>ao</title>
<meta http-equiv="refresh" content="0; url=${url}">
<p><a href="${url}">Open the dashboard of ao</a></p>
`;
}

function randomText(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url");
}
