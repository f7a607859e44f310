import { readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import * as v from "valibot";

import { opencodeRules } from "../../agent/opencode.ts";
import type { Session } from "../../domain/session.ts";
import { AoError, systemCode } from "../../error.ts";
import { OpencodeClient, type PermissionRule } from "../../opencode/client.ts";
import type { ProcessIdentity } from "../../process/identity.ts";
import { writeAtomically } from "../../runtime/atomic-file.ts";
import type { Store } from "../../store/store.ts";
import { sessionDirectory } from "../paths.ts";
import { OpencodeSession } from "./session.ts";

const addressSchema = v.object({
  launchId: v.string(),
  url: v.string(),
  password: v.string(),
  home: v.string(),
});

/** Where the server of one launch answers; kept in a file (mode 0600) of the session. */
export type ServerAddress = v.InferOutput<typeof addressSchema>;

/** Publishes the server of a launch to every `ao` of this person. */
export function publishServer(dataDir: string, sessionId: string, address: ServerAddress): void {
  writeAtomically(addressPath(dataDir, sessionId), `${JSON.stringify(address)}\n`);
}

/** The server of a session's present launch, or undefined while there is none. */
export function findServer(
  dataDir: string,
  session: Pick<Session, "id" | "launchId">,
): ServerAddress | undefined {
  try {
    const text = readFileSync(addressPath(dataDir, session.id), "utf8");
    const address = v.parse(addressSchema, JSON.parse(text));
    return address.launchId === session.launchId ? address : undefined;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    const message = `the address of ${session.id}'s opencode server cannot be read`;
    throw new AoError("failed", message, undefined, { cause: error });
  }
}

/** Which of its stores an opencode with this environment uses. */
export function opencodeHome(env: NodeJS.ProcessEnv): string {
  const data = env["XDG_DATA_HOME"] || join(env["HOME"] || homedir(), ".local", "share");
  return join(data, "opencode");
}

/** The conversation of a session, as the server that runs for it makes and keeps it. */
export function opencodeSession(
  parts: { store: Store; owner: ProcessIdentity; client: OpencodeClient; home: string },
  session: Pick<Session, "id" | "title" | "mode" | "worktreePath">,
): OpencodeSession<PermissionRule[]> {
  return new OpencodeSession({
    store: parts.store,
    owner: parts.owner,
    sessionId: session.id,
    upstream: parts.client,
    home: parts.home,
    // As the server itself sees its working directory.
    directory: realpathSync(session.worktreePath),
    title: session.title,
    permission: opencodeRules(session.mode),
  });
}

function addressPath(dataDir: string, sessionId: string): string {
  return join(sessionDirectory(dataDir, sessionId), "opencode.json");
}
