import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { AoError, messageOf, systemCode } from "../error.ts";
import { writeAtomically } from "./atomic-file.ts";
import { type LaunchSpec, runtimeNames } from "./port.ts";

/** Where a session keeps what its agent was started with. */
export function launchPath(sessionDir: string): string {
  return join(sessionDir, "launch.json");
}

/**
 * Keeps a launch spec in its session's folder (0700), in a file (0600) that only the user reads:
 * it holds the agent's whole environment. Returns its path.
 */
export function writeLaunchSpec(spec: LaunchSpec): string {
  mkdirSync(spec.sessionDir, { recursive: true, mode: 0o700 });
  const path = launchPath(spec.sessionDir);
  writeAtomically(path, `${JSON.stringify(spec, null, 2)}\n`);
  return path;
}

/** Reads a launch spec. Throws `not_found` when there is none, `failed` when it is not one. */
export function readLaunchSpec(path: string): LaunchSpec {
  let spec: unknown;
  try {
    spec = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (systemCode(error) === "ENOENT") {
      throw new AoError("not_found", `launch spec ${path} not found`, undefined, { cause: error });
    }
    const message = `launch spec ${path} cannot be read: ${messageOf(error)}`;
    throw new AoError("failed", message, undefined, { cause: error });
  }
  if (!isLaunchSpec(spec)) throw new AoError("failed", `launch spec ${path} is not of version 1`);
  return spec;
}

const textFields = ["sessionId", "projectId", "launchId", "cwd", "dataDir", "sessionDir"] as const;

function isLaunchSpec(value: unknown): value is LaunchSpec {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map(Object.entries(value));
  return (
    fields.get("version") === 1 &&
    [...textFields, "socketPath"].every((name) => typeof fields.get(name) === "string") &&
    runtimeNames.some((name) => name === fields.get("runtime")) &&
    isTextList(fields.get("argv")) &&
    isTextList(fields.get("self")) &&
    isTextRecord(fields.get("env")) &&
    ["undefined", "boolean"].includes(typeof fields.get("hasTask")) &&
    Number.isInteger(fields.get("columns")) &&
    Number.isInteger(fields.get("rows"))
  );
}

function isTextList(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string")
  );
}

function isTextRecord(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every((item) => typeof item === "string");
}
