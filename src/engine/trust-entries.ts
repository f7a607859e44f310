import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

import type { TrustList } from "../agent/port.ts";
import { agents } from "../agent/table.ts";
import { systemCode } from "../error.ts";
import { writeAtomically } from "../runtime/atomic-file.ts";
import { launchPath, readLaunchSpec } from "../runtime/launch.ts";
import { findSession } from "../store/session.ts";
import type { Engine } from "./engine.ts";
import { ownPath, sessionDirectory } from "./paths.ts";

type Fields = Record<string, unknown>;

/**
 * Adds a worktree of `ao` to the folders that an agent's program trusts, in its own list. A list
 * that cannot be read is left alone: then the program asks, and the session says so.
 */
export function addTrust(
  engine: Engine,
  { file, key }: TrustList,
  env: Record<string, string>,
  worktree: string,
): void {
  if (key === null) return;
  editFile(engine, ownPath(file, env), (fields) => {
    const folders = fields[key] ?? [];
    if (!Array.isArray(folders) || folders.includes(worktree)) return undefined;
    return { ...fields, [key]: [...folders, worktree] };
  });
}

/** Takes a session's worktree out of its agent's file again. Does nothing where it is not. */
export function removeTrust(engine: Engine, sessionId: string): void {
  const session = findSession(engine.store, sessionId);
  const list = session && agents.get(session.agent)?.trustList;
  const spec = launchPath(sessionDirectory(engine.dataDir, sessionId));
  if (!list || !existsSync(spec)) return;
  const path = ownPath(list.file, readLaunchSpec(spec).env);
  editFile(engine, path, (fields) => withoutFolder(fields, list.key, session.worktreePath));
}

function withoutFolder(fields: Fields, key: string | null, folder: string): Fields | undefined {
  const folders = key === null ? fields : fields[key];
  if (Array.isArray(folders) && key !== null) {
    const left = folders.filter((one) => one !== folder);
    if (left.length === folders.length) return undefined;
    return left.length > 0 ? { ...fields, [key]: left } : without(fields, key);
  }
  return key === null && folder in fields ? without(fields, folder) : undefined;
}

function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([one]) => one !== name));
}

/** Replaces the object of a JSON file, unless the edit has nothing to change. */
function editFile(
  engine: Engine,
  path: string,
  edit: (fields: Fields) => Fields | undefined,
): void {
  // The transaction keeps other processes of `ao` out while the file is read and replaced.
  engine.store.write(() => {
    const before = readDocument(path);
    const fields = before && edit(before.fields);
    if (!fields) return;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeAtomically(path, before.comments + JSON.stringify(fields, null, 2) + before.end);
  });
}

interface Document {
  /** Lines of comments above the object, kept as they are. */
  comments: string;
  /** The end of its last line, where it has one. */
  end: string;
  fields: Fields;
}

/** A missing file is an empty object; nothing for one that is not understood. */
function readDocument(path: string): Document | undefined {
  const text = readText(path);
  const comments = /^(?:[ \t]*(?:\/\/[^\n]*)?\n)*/.exec(text)?.[0] ?? "";
  const end = text === "" || text.endsWith("\n") ? "\n" : "";
  const body = text.slice(comments.length).trim();
  if (body === "") return { comments, end, fields: {} };
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return { comments, end, fields: Object.fromEntries(Object.entries(value)) };
  } catch {
    return undefined;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "";
    throw error;
  }
}
