import * as v from "valibot";

import { time } from "./parts.ts";

const budget = v.nullable(v.object({ remaining: v.number(), limit: v.number(), resetAt: time }));

export const quotaSchema = v.object({
  hosts: v.array(
    v.object({
      host: v.string(),
      /** Points. */
      graphql: budget,
      /** Calls. */
      rest: budget,
      /** Why these are the last known figures and not the present ones. */
      failure: v.nullable(v.string()),
      hint: v.nullable(v.string()),
      restingUntil: v.nullable(time),
      restReason: v.nullable(v.string()),
      lastHour: v.array(
        v.object({ purpose: v.string(), points: v.number(), requests: v.number() }),
      ),
    }),
  ),
});
