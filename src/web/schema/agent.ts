import * as v from "valibot";

import { permissionModes } from "../../domain/session.ts";
import { id } from "./parts.ts";

const maybe = v.nullable(v.string());

export const agentSchema = v.object({
  name: v.string(),
  title: v.string(),
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
});

export const agentListSchema = v.object({ agents: v.array(agentSchema) });

export const agentParams = v.strictObject({ name: id });
