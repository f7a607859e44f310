import { readFileSync } from "node:fs";
import { join } from "node:path";

import { AoError, systemCode } from "../../error.ts";
import { findLease, isHeld } from "../../store/lease.ts";
import { waitingFor } from "../../store/notification-delivery.ts";
import type { Store } from "../../store/store.ts";
import { loopsLease } from "../loops-lease.ts";
import type { Sink } from "./sinks.ts";

/** The ways out; none where the configuration is wrong, of which others tell. */
export async function sinksOf(dataDir: string): Promise<Sink[]> {
  if (!namesSinks(dataDir)) return [];
  const { configuredSinks } = await import("./sinks.ts");
  try {
    return configuredSinks(dataDir);
  } catch (error) {
    if (error instanceof AoError) return [];
    throw error;
  }
}

/** Whether a sink was not told of something yet. */
export async function isNotifyDue(store: Store): Promise<boolean> {
  const sinks = await sinksOf(store.dataDir);
  return sinks.some((sink) => waitingFor(store, sink, Date.now()).length > 0);
}

/** The same, where no process leads: whoever made the change starts one to tell of it. */
export async function isHelperWanted(store: Store): Promise<boolean> {
  return !isHeld(findLease(store, loopsLease), Date.now()) && (await isNotifyDue(store));
}

/** A glance at the file, since most people have none, and reading it takes a schema. */
function namesSinks(dataDir: string): boolean {
  try {
    return readFileSync(join(dataDir, "config.toml"), "utf8").includes("notify");
  } catch (error) {
    // Missing, most often; of one that cannot be read others tell.
    if (systemCode(error) !== undefined) return false;
    throw error;
  }
}
