import * as v from "valibot";

import { agentDefinitionSchema, agentName } from "./agent-definition.ts";
import { notificationKinds } from "./notification.ts";
import { agentReactions, personReactions, placeholders, unknownPlaceholders } from "./reaction.ts";
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

/** What an agent is told of one kind of trouble, how often, and when a person is called instead. */
const agentReaction = v.strictObject({
  auto: v.optional(v.boolean()),
  retries: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(20))),
  escalateAfter: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(?:[1-9]\d{0,4}[smhd]|never)$/, 'a time such as "30m", or "never"'),
    ),
  ),
  message: v.optional(
    v.pipe(
      v.string(),
      v.nonEmpty(),
      v.maxLength(4_000, "at most 4000 characters"),
      v.check(
        (text) => unknownPlaceholders(text).length === 0,
        `no other placeholders than ${placeholders.map((name) => `{${name}}`).join(" ")}`,
      ),
    ),
  ),
});

const personReaction = v.strictObject({ auto: v.optional(v.boolean()) });

const reactions = v.strictObject({
  ...v.entriesFromList(agentReactions, v.optional(agentReaction)),
  ...v.entriesFromList(personReactions, v.optional(personReaction)),
});

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
  botFeedback: v.optional(v.union([v.boolean(), v.array(v.pipe(v.string(), v.nonEmpty()))])),
  reactions: v.optional(reactions),
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
  botFeedback: false,
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
