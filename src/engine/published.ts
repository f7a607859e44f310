import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import * as v from "valibot";

import { systemCode } from "../error.ts";
import { probeIdentity, type ProcessIdentity } from "../process/identity.ts";
import { writeAtomically } from "../runtime/atomic-file.ts";

const publishedSchema = v.object({
  pid: v.number(),
  start: v.string(),
  port: v.number(),
  url: v.string(),
  socketPath: v.string(),
  version: v.string(),
});

/** Where a running daemon can be reached. */
export type Published = v.InferOutput<typeof publishedSchema>;

/** The file (0600) in which a daemon says where it listens. */
export function publishedPath(dataDir: string): string {
  return join(dataDir, "daemon.json");
}

/** Writes where this daemon listens. */
export function publish(dataDir: string, published: Published): void {
  writeAtomically(publishedPath(dataDir), `${JSON.stringify(published)}\n`);
}

/** Takes it back, unless another daemon has written its own since. */
export function unpublish(dataDir: string, owner: ProcessIdentity): void {
  const found = read(dataDir);
  if (found?.pid === owner.pid && found.start === owner.start) rmSync(publishedPath(dataDir));
}

/** Where the daemon of a data directory listens; undefined when none runs. */
export function readPublished(dataDir: string): Published | undefined {
  const found = read(dataDir);
  return found && probeIdentity(found) !== "dead" ? found : undefined;
}

/** What a crash left half written or an older version wrote is as good as nothing. */
function read(dataDir: string): Published | undefined {
  let text: string;
  try {
    text = readFileSync(publishedPath(dataDir), "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return v.parse(publishedSchema, JSON.parse(text));
  } catch {
    return undefined;
  }
}
