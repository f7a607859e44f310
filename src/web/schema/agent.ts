import * as v from "valibot";

import { permissionModes } from "../../domain/session.ts";
import { id } from "./parts.ts";

const maybe = v.nullable(v.string());

export const agentSchema = v.object({
  name: v.string(),
  title: v.string(),
  /** `built in`, else the file or the command that defines it. */
  source: v.string(),
  /** False for a recipe that was never run against the real program. */
  isTried: v.boolean(),
  isInstalled: v.boolean(),
  path: maybe,
  version: maybe,
  minimumVersion: maybe,
  isTooOld: v.boolean(),
  authentication: v.picklist(["logged_in", "logged_out", "unknown"]),
  hasSignals: v.boolean(),
  receipts: v.string(),
  canResume: v.boolean(),
  modes: v.array(v.picklist(permissionModes)),
  installHint: v.string(),
  /** As the configuration has it; null for one that is built in. */
  definition: v.nullable(v.record(v.string(), v.unknown())),
});

export const agentListSchema = v.object({ agents: v.array(agentSchema) });

export const agentQuery = v.strictObject({
  /** Whose configuration counts; without it only the person's. */
  project: v.optional(id),
});

export const agentParams = v.strictObject({ name: id });
