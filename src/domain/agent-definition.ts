import * as v from "valibot";

import { permissionModes } from "./session.ts";

/** Placeholders that a launch always has a value for. */
const always = ["worktree", "sessionDir", "systemPrompt", "conversation"] as const;

const command = template(always, "a command line that may hold only");
const pattern = v.pipe(v.string(), v.nonEmpty(), v.check(isPattern, "a regular expression"));
const patterns = v.union([pattern, v.array(pattern)], "a regular expression, or a list of them");

/** An agent that a person defines in a configuration file: `[agents.<name>]`. */
export const agentDefinitionSchema = v.strictObject({
  /** The program and the words that it is always started with. */
  command,
  /** What is added where there is a task. Without it, and without `typePrompt`, it takes none. */
  prompt: v.optional(
    v.pipe(
      template([...always, "prompt", "promptFile"], "words that may hold only"),
      v.check(
        (text) => /\{prompt(?:File)?\}/.test(text),
        "words with `{prompt}` or `{promptFile}` in them",
      ),
    ),
  ),
  /** The task is typed into its terminal once it is up, as a message is. */
  typePrompt: v.optional(v.boolean()),
  /** What is added where a model was chosen. */
  model: v.optional(
    v.pipe(
      template([...always, "model"], "words that may hold only"),
      v.check((text) => text.includes("{model}"), "words with `{model}` in them"),
    ),
  ),
  /** The command line that continues its conversation; absent when it cannot. */
  resume: v.optional(command),
  /** Words that are added in a permission mode; one that is not here is refused. */
  modes: v.optional(
    v.strictObject(v.entriesFromList(permissionModes, v.optional(template([], "words without")))),
  ),
  /** What its screen shows, by what it means; matched against the lines of the screen. */
  patterns: v.optional(
    v.strictObject(
      v.entriesFromList(
        ["approval", "question", "trust", "login", "working", "ready"],
        v.optional(patterns),
      ),
    ),
  ),
});

export type AgentDefinition = v.InferOutput<typeof agentDefinitionSchema>;

/** Names of agents, as they can be typed. */
export const agentName = v.pipe(
  v.string(),
  v.check(
    (name) => /^[a-z0-9][a-z0-9-]{0,39}$/.test(name),
    "a name of at most 40 lower-case letters, digits and dashes",
  ),
);

/** A text in which no placeholder stands but those that have a value there. */
function template(allowed: readonly string[], what: string) {
  const names = allowed.map((name) => `{${name}}`).join(", ") || "placeholders";
  return v.pipe(
    v.string(),
    v.check(
      (text) => strangers(text, allowed).length === 0,
      ({ input }) => {
        const home = strangers(input, allowed)
          .map((name) => homes.get(name))
          .find(Boolean);
        return `${what} ${names}${home === undefined ? "" : `; ${home}`}`;
      },
    ),
  );
}

/** Where a placeholder belongs that may be left empty: its flag must go with it. */
const homes = new Map([
  ["prompt", 'the task has a key of its own, such as prompt = "-- {prompt}"'],
  ["promptFile", 'the task has a key of its own, such as prompt = "--file {promptFile}"'],
  ["model", 'the model has a key of its own, such as model = "--model {model}"'],
]);

function strangers(text: string, allowed: readonly string[]): string[] {
  const names = [...text.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name = ""]) => name);
  return names.filter((name) => !allowed.includes(name));
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, "m").source !== "";
  } catch {
    // What cannot be compiled is what the person is told of.
    return false;
  }
}
