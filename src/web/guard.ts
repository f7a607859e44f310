import { createHmac, timingSafeEqual } from "node:crypto";

import type { ApiToken } from "../engine/api-token.ts";
import { AoError } from "../error.ts";
import { Refusal } from "./envelope.ts";

/** Who may go on; asked again for as long as a stream or a terminal is open. */
export interface Access {
  /** False once the token that let it in was replaced. */
  isValid(): boolean;
}

/** How long a browser stays logged in. */
export const cookieSeconds = 30 * 24 * 3600;

const loopback = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/**
 * Refuses, before anything else happens, what a page of another origin has sent: a name that was
 * pointed at this machine (DNS rebinding) shows in Host, the page itself in Origin or in
 * Sec-Fetch-Site. Other ports of this machine are other origins.
 */
export function refuseForeign({ headers, method }: Request, path: string): void {
  const host = headers.get("host") ?? "";
  if (!loopback.test(host)) {
    throw new Refusal(403, "HOST_FORBIDDEN", "only requests to this machine itself are answered");
  }
  const origin = headers.get("origin");
  if (origin !== null && origin.toLowerCase() !== `http://${host}`.toLowerCase()) {
    throw new Refusal(403, "ORIGIN_FORBIDDEN", "requests of other pages are not answered");
  }
  const site = headers.get("sec-fetch-site");
  if (site === null || site === "same-origin" || site === "none") return;
  // A link that somebody follows: it shows the page, and the page is what asks.
  const isLink = method === "GET" && headers.get("sec-fetch-mode") === "navigate";
  const isPage = headers.get("sec-fetch-dest") === "document" && !path.startsWith("/api/");
  if (isLink && isPage) return;
  throw new Refusal(403, "ORIGIN_FORBIDDEN", "requests of other pages are not answered");
}

/** Lets in who has the token, or a cookie that was made with it. */
export class Guard {
  constructor(
    private readonly token: ApiToken,
    /** Cookies know no port: each data directory has a name of its own. */
    private readonly cookieName: string,
  ) {}

  /** Throws a refusal (401) for anybody else. */
  admit({ headers }: Request): Access {
    const bearer = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
    if (bearer !== undefined) {
      return this.#admitted(() => isEqual(bearer, this.token.read()), "the token is wrong");
    }
    const cookie = this.#cookieOf(headers.get("cookie") ?? "");
    if (cookie !== undefined) {
      return this.#admitted(() => this.#isOwn(cookie), "the login is over; type `ao web`");
    }
    throw unauthorized("the token is missing: Authorization: Bearer …");
  }

  /** The header that logs a browser in. `now` in Unix milliseconds. */
  cookie(now: number): string {
    const issuedAt = Math.floor(now / 1000);
    const value = `${issuedAt}.${this.#signature(issuedAt)}`;
    const rules = `Path=/; Max-Age=${cookieSeconds}; HttpOnly; SameSite=Strict`;
    return `${this.cookieName}=${value}; ${rules}`;
  }

  #admitted(isValid: () => boolean, message: string): Access {
    if (!isValid()) throw unauthorized(message);
    return { isValid: () => holds(isValid) };
  }

  #cookieOf(header: string): string | undefined {
    const parts = header.split(";").map((part) => part.trim());
    const own = parts.find((part) => part.startsWith(`${this.cookieName}=`));
    return own?.slice(this.cookieName.length + 1);
  }

  #isOwn(value: string): boolean {
    const [text = "", signature = ""] = value.split(".");
    const issuedAt = /^\d{1,12}$/.test(text) ? Number(text) : 0;
    const isFresh = Date.now() / 1000 < issuedAt + cookieSeconds;
    return isEqual(signature, this.#signature(issuedAt)) && isFresh;
  }

  /** With the token as its key: a new token ends every login. */
  #signature(issuedAt: number): string {
    const text = `ao browser login ${issuedAt}`;
    return createHmac("sha256", this.token.read()).update(text).digest("base64url");
  }
}

/** Compares in a time that tells nothing of either text. */
export function isEqual(one: string, other: string): boolean {
  const digest = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** A token file that cannot be read any more lets nobody stay. */
function holds(isValid: () => boolean): boolean {
  try {
    return isValid();
  } catch (error) {
    if (error instanceof AoError) return false;
    throw error;
  }
}

function unauthorized(message: string): Refusal {
  return new Refusal(401, "UNAUTHORIZED", message);
}
