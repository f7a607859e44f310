import * as v from "valibot";

import { AoError, messageOf } from "../error.ts";
import { startDetached } from "../process/detach.ts";
import { findProgram } from "../process/program.ts";
import { ApiToken } from "./api-token.ts";
import type { Engine } from "./engine.ts";
import { readPublished } from "./published.ts";

const answerMs = 5_000;

const linkSchema = v.object({ file: v.string(), url: v.string(), expiresAt: v.string() });

/** Where a browser is logged in to the dashboard, once, within 30 seconds. */
export type LoginLink = v.InferOutput<typeof linkSchema>;

/** Asks the running daemon for a login. Throws `unavailable` when none answers. */
export async function askForLogin(
  dataDir: string,
  onNote: (text: string) => void,
): Promise<LoginLink> {
  const published = readPublished(dataDir);
  if (!published) {
    throw new AoError("unavailable", `no daemon runs for ${dataDir}`, "ao daemon");
  }
  const token = new ApiToken(dataDir, onNote).read();
  try {
    const answer = await fetch("http://localhost/api/v1/login/link", {
      unix: published.socketPath,
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(answerMs),
    });
    return v.parse(linkSchema, await answer.json());
  } catch (error) {
    const message = `the daemon, process ${published.pid}, does not answer: ${messageOf(error)}`;
    throw new AoError("unavailable", message, "ao doctor", { cause: error });
  }
}

/** Opens a file in the person's browser; false where there is none to be seen. */
export function openInBrowser({ env }: Engine, file: string): boolean {
  const hasScreen =
    process.platform === "darwin" || Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"]);
  const name = process.platform === "darwin" ? "open" : "xdg-open";
  const program = hasScreen ? findProgram(name, { path: env["PATH"] ?? "" }) : undefined;
  if (!program) return false;
  const known = Object.entries(env).filter((one): one is [string, string] => one[1] !== undefined);
  startDetached([program, file], { env: Object.fromEntries(known) });
  return true;
}
