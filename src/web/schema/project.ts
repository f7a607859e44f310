import * as v from "valibot";

import { flag, id, time } from "./parts.ts";

export const projectSchema = v.object({
  id: v.string(),
  path: v.string(),
  origin: v.nullable(v.string()),
  defaultBranch: v.string(),
  /** Settings made on this machine. */
  config: v.record(v.string(), v.unknown()),
  isTrusted: v.boolean(),
  isArchived: v.boolean(),
  createdAt: time,
  updatedAt: time,
});

export const projectListSchema = v.object({ projects: v.array(projectSchema) });

export const projectParams = v.strictObject({ id });

export const projectQuery = v.strictObject({
  /** Also archived ones. */
  all: v.optional(flag),
});

export const addProjectBody = v.strictObject({
  /** Absolute, or from the home folder on: `~/src/shop`. */
  path: v.pipe(v.string(), v.regex(/^(?:\/|~(?:\/|$))/), v.maxLength(4096)),
  id: v.optional(id),
});

export const setProjectBody = v.strictObject({
  /** All or none; null removes a setting. */
  config: v.record(id, v.unknown()),
});
