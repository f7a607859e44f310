import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as v from "valibot";

import { definitionProblem } from "../agent/defined.ts";
import { agents } from "../agent/table.ts";
import {
  type Config,
  configDefaults,
  configSchema,
  machineKeys,
  trustedKeys,
} from "../domain/config.ts";
import { AoError, messageOf } from "../error.ts";
import type { Project } from "../store/project.ts";

/** One place that settings come from; later ones win. */
export interface ConfigSource {
  origin: "default" | "person" | "team" | "machine";
  /** Where a person would look: a file, or a command. */
  place: string;
  values: Config;
  /** Keys that are set here but inert until the person trusts them. */
  inert: (keyof Config)[];
}

/** Settings with nothing left open. */
export type ResolvedConfig = Config & typeof configDefaults & Required<Pick<Config, "agents">>;

/** Reads every source of a project's settings (or the person's alone), first to last. */
export function configSources(dataDir: string, project?: Project): ConfigSource[] {
  const sources: ConfigSource[] = [
    { origin: "default", place: "built in", values: configDefaults, inert: [] },
    readSource("person", join(dataDir, "config.toml")),
  ];
  if (!project) return sources;
  const team = readSource("team", join(project.path, ".ao", "config.toml"));
  refuseMachineKeys(team);
  const isTrusted = commandsHash(team.values) === project.trustHash;
  const inert = isTrusted ? [] : trustedKeys.filter((key) => team.values[key] !== undefined);
  const machine: Config = JSON.parse(project.config);
  return [
    ...sources,
    { ...team, inert },
    { origin: "machine", place: `ao project set ${project.id}`, values: machine, inert: [] },
  ];
}

/** The settings that hold: the last source that sets a key wins; tables are merged. */
export function resolveConfig(sources: readonly ConfigSource[]): ResolvedConfig {
  let config: ResolvedConfig = { ...configDefaults };
  for (const { values, inert } of sources) {
    const active = Object.fromEntries(
      Object.entries(values).filter(([key]) => !inert.some((name) => name === key)),
    );
    const env = { ...config.env, ...("env" in active ? values.env : {}) };
    const own = "agents" in active ? values.agents : {};
    const reactions = mergedReactions(config.reactions, values.reactions);
    config = { ...config, ...active, env, agents: { ...config.agents, ...own } };
    if (reactions) config.reactions = reactions;
  }
  return config;
}

type Reactions = Config["reactions"];

/** Each key of each reaction on its own: the team's template goes with the person's budget. */
function mergedReactions(before: Reactions, added: Reactions): Reactions {
  if (!before || !added) return added ?? before;
  const kinds = [...new Set([...Object.keys(before), ...Object.keys(added)])];
  const of = (one: object, kind: string): object => Object(Reflect.get(one, kind) ?? {});
  return Object.fromEntries(
    kinds.map((kind) => [kind, { ...of(before, kind), ...of(added, kind) }]),
  );
}

/** The settings of a project, or of the person where there is none. */
export function loadConfig(dataDir: string, project?: Project): ResolvedConfig {
  return resolveConfig(configSources(dataDir, project));
}

/** The hash by which the commands of a repository's own file are trusted; null when it has none. */
export function commandsHash(config: Config): string | null {
  const commands = trustedKeys.map((key) => [key, config[key] ?? null]);
  if (commands.every(([, value]) => value === null)) return null;
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(commands)).digest("hex");
}

/**
 * Checks settings. Throws `usage` naming the file, the line where it can be found, the key, and
 * what was expected.
 */
export function checkConfig(value: unknown, place: string, text = ""): Config {
  const result = v.safeParse(configSchema, value);
  if (!result.success) {
    const [issue] = result.issues;
    throw complain({ place, text, key: v.getDotPath(issue) ?? "" }, complaint(issue));
  }
  for (const [name, definition] of Object.entries(result.output.agents ?? {})) {
    const key = `agents.${name}`;
    if (agents.has(name)) throw complain({ place, text, key }, "has the name of a built-in agent");
    const problem = definitionProblem(definition);
    if (problem) throw complain({ place, text, key: `${key}.${problem.key}` }, problem.message);
  }
  return result.output;
}

function complain(at: { place: string; text: string; key: string }, what: string): AoError {
  const line = lineOf(at.text, at.key);
  const where = line === undefined ? at.place : `${at.place}:${line}`;
  const hint = "ao config show --origin";
  return new AoError("usage", `${where}: ${at.key || "the file"} ${what}`, hint);
}

/** Kinds of value, as a person would call them. */
const kinds: Record<string, string> = {
  Array: "a list",
  Object: "a table",
  string: "a text",
  number: "a number",
  boolean: "true or false",
};

function complaint({ type, expected, received, message }: v.BaseIssue<unknown>): string {
  if (type === "strict_object" && expected === "never") return "is not a setting";
  if (received === "undefined") return "is missing";
  if (!message.startsWith("Invalid ")) return `wants ${message}`;
  if (type === "non_empty") return "is empty";
  const wanted = kinds[expected ?? ""] ?? inWords(expected ?? "something else");
  return `is ${kinds[received] ?? received}, expected ${wanted}`;
}

/** What valibot expected, as a person would say it. */
function inWords(expected: string): string {
  const choices = /^\((.+)\)$/.exec(expected)?.[1];
  if (choices) return `one of ${choices.replaceAll('"', "").split(" | ").join(", ")}`;
  if (expected.startsWith("/")) return "a name of letters, digits and underscores";
  return expected.replace(/^>=/, "at least ").replace(/^<=/, "at most ");
}

function readSource(origin: "person" | "team", path: string): ConfigSource {
  const source = { origin, place: path, inert: [] };
  if (!existsSync(path)) return { ...source, values: {} };
  const text = readFileSync(path, "utf8");
  return { ...source, values: checkConfig(parseToml(text, path), path, text) };
}

function parseToml(text: string, path: string): unknown {
  try {
    return Bun.TOML.parse(text);
  } catch (error) {
    const why = messageOf(error).replace(/^TOML Parse error: /, "");
    const where = `${path}:${brokenLine(text)}`;
    const hint = "correct it as https://toml.io describes";
    throw new AoError("usage", `${where}: not TOML: ${why}`, hint, { cause: error });
  }
}

/** The line below the longest beginning that can be read; the parser names none. */
function brokenLine(text: string): number {
  const lines = text.split("\n");
  let good = lines.length - 1;
  while (good > 0 && !isToml(lines.slice(0, good).join("\n"))) good -= 1;
  return good + 1;
}

function isToml(text: string): boolean {
  try {
    Bun.TOML.parse(text);
    return true;
  } catch {
    return false;
  }
}

function refuseMachineKeys(source: ConfigSource): void {
  const found = machineKeys.find((key) => source.values[key] !== undefined);
  if (!found) return;
  throw new AoError(
    "usage",
    `${source.place}: ${found} holds for the whole machine, not for a repository`,
    "move it to the `config.toml` of the data directory",
  );
}

/** The line of a key, else of the table that it should be in. */
function lineOf(text: string, key: string): number | undefined {
  const lines = text.split("\n").map((line) => (line.split("=")[0] ?? "").trim());
  const names = key.split(".");
  for (let depth = names.length; depth > 0; depth -= 1) {
    const header = lines.findIndex((line) => isNamed(line, names.slice(0, depth), "["));
    if (header < 0 && depth > 1) continue;
    const rest = lines.slice(header + 1);
    const end = header < 0 ? -1 : rest.findIndex((line) => line.startsWith("["));
    const inside = rest.slice(0, end < 0 ? undefined : end);
    // Of a list it is the key that names it.
    const wanted = names.slice(header < 0 ? 0 : depth).filter((part) => !/^\d+$/.test(part));
    const found = inside.findIndex((line) => isNamed(line, wanted.slice(0, 1)));
    if (found >= 0) return header + 1 + found + 1;
    if (header >= 0) return header + 1;
  }
  return undefined;
}

/** Whether a line (its part before `=`) is a key, or a table's header, of this name. */
function isNamed(line: string, names: readonly string[], start = ""): boolean {
  if (names.length === 0 || line.startsWith("[") !== (start === "[")) return false;
  return line.replaceAll(/["'[\]]/g, "").replaceAll(/\s*\.\s*/g, ".") === names.join(".");
}

/** One setting as `ao config show` prints it. */
export interface ConfigRow {
  key: string;
  value: unknown;
  origin: ConfigSource["origin"];
  place: string;
  /** Set here, but without effect until it is trusted. */
  isInert: boolean;
}

/** Every setting that holds with its source, and those that would hold if they were trusted. */
export function configRows(dataDir: string, project?: Project): ConfigRow[] {
  const rows = new Map<string, ConfigRow>();
  const inertRows: ConfigRow[] = [];
  for (const { origin, place, values, inert } of configSources(dataDir, project)) {
    for (const [key, value] of entriesOf(values)) {
      const isInert = inert.some((name) => name === key || key.startsWith(`${name}.`));
      const row = { key, value, origin, place, isInert };
      if (isInert) inertRows.push(row);
      else rows.set(key, row);
    }
  }
  return [...rows.values(), ...inertRows].sort((one, other) => (one.key < other.key ? -1 : 1));
}

/** Each agent that is defined has a row of its own: a later source need not repeat the others. */
function entriesOf({ agents: defined = {}, ...values }: Config): [string, unknown][] {
  const own = Object.entries(defined).map(([name, one]): [string, unknown] => [
    `agents.${name}`,
    one,
  ]);
  return [...Object.entries(values), ...own];
}

/** A value as a person types it: TOML where it is TOML, else plain text. */
export function parseSetting(text: string): unknown {
  try {
    const parsed: unknown = Bun.TOML.parse(`value = ${text}`);
    if (typeof parsed !== "object" || parsed === null || !("value" in parsed)) return text;
    return isTime(parsed.value) ? text : parsed.value;
  } catch {
    // Not TOML: a bare word such as `codex`.
    return text;
  }
}

/** A text that only looks like a date or a time stays a text; Bun makes objects of either. */
function isTime(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.getPrototypeOf(value) !== Object.prototype;
}
