import * as v from "valibot";

import { agentDefinitionSchema, agentName } from "./agent-definition.ts";
import { notificationKinds } from "./notification.ts";
import { permissionModes } from "./session.ts";

const commands = v.array(v.pipe(v.string(), v.nonEmpty("a command, not an empty text")));
const relativePath = v.pipe(
  v.string(),
  v.check(
    (path) => path !== "" && !path.startsWith("/") && !path.split("/").includes(".."),
    "a path inside the repository",
  ),
);
const seconds = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(86_400));
const amount = v.pipe(v.number(), v.integer(), v.minValue(1));

/** Settings, as they stand in a configuration file or are made with `ao project set`. */
export const configSchema = v.strictObject({
  agent: v.optional(v.pipe(v.string(), v.nonEmpty())),
  model: v.optional(v.pipe(v.string(), v.nonEmpty())),
  mode: v.optional(v.picklist(permissionModes)),
  runtime: v.optional(v.picklist(["pty", "tmux"])),
  base: v.optional(v.pipe(v.string(), v.nonEmpty())),
  env: v.optional(v.record(v.pipe(v.string(), v.regex(/^[A-Za-z_]\w*$/)), v.string())),
  symlinks: v.optional(v.array(relativePath)),
  setup: v.optional(commands),
  teardown: v.optional(commands),
  setupTimeoutSeconds: v.optional(seconds),
  terminateOnMerge: v.optional(v.boolean()),
  cleanupGraceSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  agents: v.optional(v.record(agentName, agentDefinitionSchema)),
  retention: v.optional(
    v.strictObject({
      days: v.optional(amount),
      rows: v.optional(amount),
      megabytes: v.optional(amount),
    }),
  ),
  notify: v.optional(
    v.strictObject({
      desktop: v.optional(v.boolean()),
      command: v.optional(v.pipe(v.string(), v.nonEmpty())),
      kinds: v.optional(v.array(v.picklist(notificationKinds))),
    }),
  ),
});

export type Config = v.InferOutput<typeof configSchema>;

/** What holds where nothing was configured. */
export const configDefaults = {
  agent: "claude-code",
  mode: "default",
  runtime: "pty",
  env: {},
  symlinks: [],
  setup: [],
  teardown: [],
  setupTimeoutSeconds: 600,
  terminateOnMerge: true,
  cleanupGraceSeconds: 3600,
  agents: {},
} satisfies Config;

/** Keys of a repository's own file that can run something: inert until the person trusts them. */
export const trustedKeys = [
  "setup",
  "teardown",
  "env",
  "agents",
] as const satisfies (keyof Config)[];

/** Keys that only make sense for the whole machine, not for one project. */
export const machineKeys = ["retention", "notify"] as const satisfies (keyof Config)[];
