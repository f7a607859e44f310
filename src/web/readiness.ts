import type * as v from "valibot";

import { isoTime } from "../domain/time.ts";
import { loopsLease } from "../engine/loops-lease.ts";
import { messageOf } from "../error.ts";
import { logBounds } from "../store/event.ts";
import { findLease, isHeld } from "../store/lease.ts";
import { Refusal } from "./envelope.ts";
import type { readySchema } from "./schema/health.ts";
import type { Web } from "./web.ts";

/** The state of store, lease and loops. Throws a refusal (503) when one is not as it ought. */
export function readiness(web: Web): v.InferOutput<typeof readySchema> {
  const now = Date.now();
  const { store } = web.engine;
  const bounds = openStore(web);
  const lease = findLease(store, loopsLease);
  const { isLeader, hung, passes } = web.loops();
  const loops = {
    leaderPid: lease?.ownerPid ?? 0,
    isLeader,
    hung,
    passes: passes.map((pass) => ({ ...pass, startedAt: isoTime(pass.startedAt) })),
  };
  const streams = { open: web.streams.open, limit: web.limits.streams };
  const details = { store: bounds, loops, streams };
  if (!isHeld(lease, now)) throw notReady("nobody runs the loops", details);
  if (isLeader && hung !== null) throw notReady(`loop ${hung} hangs`, details);
  return { isReady: true, ...details };
}

function openStore(web: Web) {
  try {
    return logBounds(web.engine.store);
  } catch (error) {
    throw notReady(messageOf(error), {});
  }
}

function notReady(message: string, details: Record<string, unknown>): Refusal {
  return new Refusal(503, "NOT_READY", message, details);
}
