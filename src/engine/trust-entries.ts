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

/**
 * Adds a worktree of `ao` to the folders that an agent's program trusts, in its own list. A list
 * that cannot be read is left alone: then the program asks, and the session says so.
 */
export function addTrust(
  engine: Engine,
  list: TrustList,
  env: Record<string, string>,
  worktree: string,
): void {
  editList(engine, list, env, (folders) =>
    folders.includes(worktree) ? folders : [...folders, worktree],
  );
}

/** Takes a session's worktree out of its agent's list again. Does nothing where none was added. */
export function removeTrust(engine: Engine, sessionId: string): void {
  const session = findSession(engine.store, sessionId);
  const list = session && agents.get(session.agent)?.trustList;
  const spec = launchPath(sessionDirectory(engine.dataDir, sessionId));
  if (!list || !existsSync(spec)) return;
  const { env } = readLaunchSpec(spec);
  editList(engine, list, env, (folders) => {
    const left = folders.filter((folder) => folder !== session.worktreePath);
    return left.length === folders.length ? folders : left;
  });
}

function editList(
  engine: Engine,
  list: TrustList,
  env: Record<string, string>,
  edit: (folders: unknown[]) => unknown[],
): void {
  const path = ownPath(list.file, env);
  // The transaction keeps other processes of `ao` out while the file is read and replaced.
  engine.store.write(() => {
    const before = readDocument(path);
    if (!before) return;
    const folders = before.fields[list.key] ?? [];
    if (!Array.isArray(folders)) return;
    const edited = edit(folders);
    if (edited === folders) return;
    const fields = { ...before.fields, [list.key]: edited };
    if (edited.length === 0) delete fields[list.key];
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeAtomically(path, before.comments + JSON.stringify(fields, null, 2) + before.end);
  });
}

interface Document {
  /** Lines of comments above the object, kept as they are. */
  comments: string;
  /** The end of its last line, where it has one. */
  end: string;
  fields: Record<string, unknown>;
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
