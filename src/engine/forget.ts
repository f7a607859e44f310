import {
  forgetEvents,
  forgetFinished,
  retentionDefaults,
  type RetentionLimits,
} from "../store/retention.ts";
import type { Fence } from "../store/store.ts";
import { loadConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import { takeTurn } from "./turn.ts";

const dayMs = 86_400_000;

/** Batches of one call; what is left then waits for the next one. */
const batches = 20;

/**
 * Forgets what is beyond the retention that the person has configured. Throws `usage` for a
 * configuration that is wrong, `conflict` when the fence's lease was lost.
 */
export function forget(engine: Engine, now: number, fence?: Fence): void {
  const { retention = {} } = loadConfig(engine.dataDir);
  const limits: RetentionLimits = {
    ageMs: (retention.days ?? 0) * dayMs || retentionDefaults.ageMs,
    rows: retention.rows ?? retentionDefaults.rows,
    bytes: (retention.megabytes ?? 0) * 1024 * 1024 || retentionDefaults.bytes,
  };
  forgetEvents(engine.store, limits, now, { batches, ...(fence && { fence }) });
  forgetFinished(engine.store, now - limits.ageMs, fence);
}

/** The same once a day, by a command's helper: where nobody ever leads, nobody else would. */
export function forgetDaily(engine: Engine): void {
  if (takeTurn(engine.dataDir, "last-forget", dayMs)) forget(engine, Date.now());
}
