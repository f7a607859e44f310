import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as v from "valibot";

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
export type ResolvedConfig = Config & typeof configDefaults;

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

/** The settings that hold: the last source that sets a key wins; two tables are merged. */
export function resolveConfig(sources: readonly ConfigSource[]): ResolvedConfig {
  let config: ResolvedConfig = { ...configDefaults };
  for (const { values, inert } of sources) {
    const active = Object.fromEntries(
      Object.entries(values).filter(([key]) => !inert.some((name) => name === key)),
    );
    const env = { ...config.env, ...("env" in active ? values.env : {}) };
    const reactions = mergedReactions(config.reactions, values.reactions);
    config = { ...config, ...active, env, ...(reactions ? { reactions } : {}) };
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
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue) ?? "";
  const line = lineOf(text, key);
  const where = line === undefined ? place : `${place}:${line}`;
  const what = complaint(issue);
  throw new AoError("usage", `${where}: ${key || "the file"} ${what}`, "ao config show --origin");
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

function lineOf(text: string, key: string): number | undefined {
  const name = key.split(".").find((part) => !/^\d+$/.test(part) && part === key.split(".").at(-1));
  const wanted = name ?? key.split(".")[0] ?? "";
  if (!wanted) return undefined;
  const index = text.split("\n").findIndex((line) => {
    const [left = ""] = line.split("=");
    return left.trim().replaceAll(/["'[\]]/g, "") === wanted;
  });
  return index < 0 ? undefined : index + 1;
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
    for (const [key, value] of Object.entries(values)) {
      const isInert = inert.some((name) => name === key);
      const row = { key, value, origin, place, isInert };
      if (isInert) inertRows.push(row);
      else rows.set(key, row);
    }
  }
  return [...rows.values(), ...inertRows].sort((one, other) => (one.key < other.key ? -1 : 1));
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
