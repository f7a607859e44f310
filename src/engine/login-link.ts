import * as v from "valibot";

import { AoError, messageOf } from "../error.ts";
import { startDetached } from "../process/detach.ts";
import { findProgram } from "../process/program.ts";
import { ApiToken } from "./api-token.ts";
import { findDaemon } from "./daemon-record.ts";
import type { Engine } from "./engine.ts";

const answerMs = 5_000;

const linkSchema = v.object({ file: v.string(), url: v.string(), expiresAt: v.string() });

/** Where a browser is logged in to the dashboard, once, within 30 seconds. */
export type LoginLink = v.InferOutput<typeof linkSchema>;

/** Asks the running daemon for a login. Throws `unavailable` when none answers. */
export async function askForLogin(engine: Engine): Promise<LoginLink> {
  const { dataDir } = engine;
  const daemon = findDaemon(engine);
  if (!daemon?.record) {
    throw new AoError("unavailable", `no daemon runs for ${dataDir}`, "ao daemon");
  }
  const token = new ApiToken(dataDir, engine.progress.note).read();
  try {
    const answer = await fetch("http://localhost/api/v1/login/link", {
      unix: daemon.record.socketPath,
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(answerMs),
    });
    return v.parse(linkSchema, await answer.json());
  } catch (error) {
    const message = `the daemon, process ${daemon.pid}, does not answer: ${messageOf(error)}`;
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
